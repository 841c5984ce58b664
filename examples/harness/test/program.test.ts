import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { askProgram } from '../../../test/support/ask-program.js';
import { runProgram } from '../../../test/support/program.js';

const mainOf = (example: string) => fileURLToPath(new URL(`../../${example}/dist/main.js`, import.meta.url));

describe.each([
  ['autoencoder', ['out', 'resume', 'photos', 'net', 'weights', 'backend', 'steps', 'seed', 'quick']],
  ['compare', ['out', 'quick']],
  ['new-domain', ['out', 'net', 'weights', 'seed', 'triplets', 'judged', 'quick']],
  ['vae', ['out', 'resume', 'photos', 'net', 'weights', 'backend', 'steps', 'seed']],
  ['video-autoencoder', ['out', 'resume', 'photos', 'steps', 'start', 'seed']],
])('%s', (example, flags) => {
  it('says with --help what it does and which flags it takes, with their defaults', async () => {
    const { code, out, error } = await askProgram(mainOf(example), ['--help', '--out', '/nowhere']);
    expect([code, error]).toEqual([0, '']);
    const [about = '', ...rows] = out.split(/\n\n|\n(?= {2}--)/);
    expect(about).toMatch(/^[A-Z].*\.$/s);
    expect(rows.map((row) => /^ *--(\S+)/.exec(row)?.[1])).toEqual([...flags, 'help']);
    expect(out).toContain('(default demo-output/');
    expect(rows.every((row) => /^ {2}--\S+( [A-Z]+)? {3,}\S/.test(row))).toBe(true);
  });

  it.each([
    [['--fast'], "Unknown option '--fast'"],
    [['--out'], "Option '--out <value>' argument missing"],
    [['here'], "Unexpected argument 'here'"],
    [['--out', 'a', '--out=b'], 'expected --out once, got it several times.'],
  ])('refuses %j with code 2 and one sentence', async (args, words) => {
    const { code, out, error } = await askProgram(mainOf(example), args);
    expect([code, out]).toEqual([2, '']);
    expect(error.startsWith(`${example}: ${words}`), error).toBe(true);
    expect(error.trimEnd().split('\n')).toHaveLength(1);
  });
});

it('a refusal ends the process, with its code', async () => {
  const { code, out, error } = await runProgram(mainOf('vae'), ['--fast']);
  expect([code, out]).toEqual([2, '']);
  expect(error).toMatch(/^vae: Unknown option '--fast'.*\n$/);
});
