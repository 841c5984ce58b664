import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { runProgram } from '../../../test/support/program.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const TIMEOUT_MS = 300_000;

it(
  'tells the loss at every tenth step, lowers it, and ends closer to the photograph than where it began',
  async () => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [MAIN]);
    expect(stderr).toBe('');
    const losses = [...stdout.matchAll(/^step (\d+) {2}loss (\S+)$/gm)].map(([, step, loss]) => [
      Number(step),
      Number(loss),
    ]);
    expect(losses.map(([step]) => step)).toEqual([10, 20, 30, 40]);
    const [first, , , last] = losses.map(([, loss]) => loss);
    expect(last).toBeLessThan(first ?? Number.NaN);
    const [, before, after] = /^LPIPS before (\S+), after (\S+)$/m.exec(stdout) ?? [];
    expect(Number(after)).toBeLessThan(Number(before));
  },
  TIMEOUT_MS,
);

it.each(['--fast', '--help', 'here'])('refuses %s with code 2 and one sentence', async (arg) => {
  expect(await runProgram(MAIN, [arg])).toEqual({
    code: 2,
    out: '',
    error: `custom-loop: expected no arguments, got "${arg}". Leave it out.\n`,
  });
});

it('has thirty lines of code at most', async () => {
  const source = await readFile(new URL('../src/main.ts', import.meta.url), 'utf8');
  const code = source.replace(/^\/\*\*.*?\*\/\n/s, '').split('\n');
  expect(code.filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(30);
});
