/**
 * The command in Bun and Deno, on WASM, beside Node.js.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { suiteInRuntimes } from '../../../../test/support/runtimes.js';
import { noisyPng } from '../../../../test/support/test-terminal.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
/** Engines with relaxed SIMD multiply and add in one step, others in two: float32's own error. */
const ROUNDING = 1e-6;
const NAMES = ['0.png', '1.png', '2.png', '3.png'];

let folder = '';
/** What Node.js gives. */
let expected: readonly number[] = [];
let refusal: Ending;

interface Ending {
  /** Exit code, or the signal that ended it. */
  readonly code: unknown;
  readonly out: string;
  readonly error: string;
}

/** A program's run with `args`; one that does not end by itself is killed, and fails. */
function run(program: string, args: readonly string[]): Promise<Ending> {
  const options = { cwd: folder, timeout: 120_000, env: { ...process.env, NO_COLOR: '1' } };
  return new Promise((resolve) => {
    execFile(program, args, options, (fault, out, error) => {
      resolve({ code: fault ? (fault.code ?? fault.signal) : 0, out, error });
    });
  });
}

function distancesIn(out: string): number[] {
  const { pairs } = JSON.parse(out) as { pairs: { distance: number }[] };
  return pairs.map(({ distance }) => distance);
}

const ON_WASM = ['--net', 'lite', '--backend', 'wasm', '--json', '--quiet'];
const BROKEN = [CLI, 'distance', 'broken.png', join('truth', '0.png'), ...ON_WASM];
const FOLDER = [CLI, 'folder', 'out', 'truth', ...ON_WASM, '--workers'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lpips-runtimes-'));
  for (const name of ['out', 'truth']) await mkdir(join(folder, name));
  for (const [index, name] of NAMES.entries()) {
    await noisyPng(join(folder, 'truth', name), { width: 64, height: 48, seed: index });
    await noisyPng(join(folder, 'out', name), { width: 64, height: 48, seed: index, noise: 20 + 20 * index });
  }
  await writeFile(join(folder, 'broken.png'), 'no picture');
  expected = distancesIn((await run(process.execPath, [...FOLDER, '1'])).out);
  expect(expected).toHaveLength(NAMES.length);
  refusal = await run(process.execPath, BROKEN);
  expect(refusal.error).toMatch(/^readImage: .+broken\.png.+\n$/);
});
afterAll(() => rm(folder, { recursive: true }));

suiteInRuntimes('lpips', (program, before) => {
  const expectAlike = (distances: readonly number[], others: readonly number[]) => {
    const apart = distances.map((distance, index) => Math.abs(distance / (others[index] ?? Number.NaN) - 1));
    expect(apart).toHaveLength(others.length);
    for (const one of apart) expect(one).toBeLessThan(ROUNDING);
  };

  it('distance and folder with two workers give the numbers of Node.js', async () => {
    const pair = [join('out', '0.png'), join('truth', '0.png')];
    const one = await run(program, [...before, CLI, 'distance', ...pair, ...ON_WASM]);
    expect([one.code, one.error]).toEqual([0, '']);
    const { backend, distance } = JSON.parse(one.out) as { backend: string; distance: number };
    expect(backend).toBe('wasm');
    expectAlike([distance], expected.slice(0, 1));
    const all = await run(program, [...before, ...FOLDER, '2']);
    expect([all.code, all.error]).toEqual([0, '']);
    expectAlike(distancesIn(all.out), expected);
    expect(distancesIn(all.out)[0], 'the same engine').toBe(distance);
  });

  it('refuses a broken file in the sentence of Node.js', async () => {
    expect(await run(program, [...before, ...BROKEN])).toEqual({ ...refusal, code: 1 });
  });
});
