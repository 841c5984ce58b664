import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const TIMEOUT_MS = 120_000;

it(
  'tells the loss at every tenth step, lowers it, and ends closer to the photograph than where it began',
  async () => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [MAIN, '30']);
    expect(stderr).toBe('');
    const losses = [...stdout.matchAll(/^step (\d+) {2}loss (\S+)$/gm)].map(([, step, loss]) => [
      Number(step),
      Number(loss),
    ]);
    expect(losses.map(([step]) => step)).toEqual([10, 20, 30]);
    const values = losses.map(([, loss]) => loss ?? Number.NaN);
    expect(values.at(-1)).toBeLessThan(values[0] ?? 0);
    const [, before, after] = /^LPIPS before (\S+), after (\S+)$/m.exec(stdout) ?? [];
    expect(Number(after)).toBeLessThan(Number(before));
  },
  TIMEOUT_MS,
);

it('refuses steps that are no number with code 2, in one sentence', async () => {
  const refusal = promisify(execFile)(process.execPath, [MAIN, 'many']);
  await expect(refusal).rejects.toMatchObject({
    code: 2,
    stderr: 'custom-loop: expected a whole number of steps.\n',
  });
});
