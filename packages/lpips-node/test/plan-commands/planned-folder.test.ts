/**
 * `lpips folder` by a plan: in parts, as an array job, merged, and by way of a queue. The result is that of one run.
 */
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../../../test/support/program.js';
import { suiteWithRedis } from '../../../../test/support/redis.js';
import { noisyPng } from '../../../../test/support/test-terminal.js';
import { lpips } from '../support/run-lpips.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
/** More than a shard has. */
const PAIRS = 22;

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
const args = (job = 'job') => [
  'folder',
  at(job, 'out'),
  at(job, 'truth'),
  '--net',
  'lite',
  '--backend',
  'wasm',
];
const planned = (...more: string[]) => [...args(), '--plan', at('job', 'plan.json'), ...more];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lpips-planned-'));
  process.env['LPIPS_CACHE'] = at('cache');
  for (const name of ['out', 'truth']) await mkdir(at('job', name), { recursive: true });
  for (let pair = 0; pair < PAIRS; pair++) {
    const size = { width: 16, height: 16 };
    await noisyPng(at('job', 'truth', `${pair}.png`), size);
    await noisyPng(at('job', 'out', `${pair}.png`), { ...size, noise: 5 + pair, seed: pair });
  }
  const whole = await readFile(at('job', 'out', '7.png'));
  await writeFile(at('job', 'out', '7.png'), whole.subarray(0, whole.length - 60)); // its header is right
  await cp(at('job'), at('elsewhere'), { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  for (const name of ['SLURM_ARRAY_TASK_ID', 'JOB_COMPLETION_INDEX'])
    Reflect.deleteProperty(process.env, name);
});

describe('lpips folder --plan', () => {
  it('writes the shards, makes them in parts and by the index of an array, and merges them to the result of one run', async () => {
    const whole = await lpips(...args(), '--json');
    expect(whole.code).toBe(1); // one image is damaged
    expect(await lpips(...planned())).toEqual({
      code: 0,
      out: `${at('job', 'plan.json')}  shards 0-1, with ${PAIRS} pairs\n`,
      error: '',
    });
    const early = await lpips(...planned('--merge'));
    expect(early.code).toBe(1);
    expect(early.error).toContain(
      '2 of 2 shards are not there: 0 pairs-00000.safetensors (missing), 1 pairs-00001.safetensors (missing). ' +
        'Run --shards 0-1, then --merge again.',
    );
    expect((await lpips(...planned('--shards', '1'))).out).toBe(
      'shards 1 of 2: 2 pairs made, 0 were there\n',
    );
    process.env['SLURM_ARRAY_TASK_ID'] = '0';
    expect((await lpips(...planned('--tasks', '1'))).out).toBe(
      'shards 0-1 of 2: 20 pairs made, 2 were there\n',
    );
    const merged = await lpips(...planned('--merge', '--json'));
    expect(merged.out).toBe(whole.out);
    expect(merged.code).toBe(1);
  });

  it('goes on in another place: the paths of a plan are relative to it', async () => {
    await rename(at('job'), at('moved'));
    const merged = await lpips(...args('moved'), '--plan', at('moved', 'plan.json'), '--merge', '--json');
    await rename(at('moved'), at('job'));
    const { pairs } = JSON.parse(merged.out) as { pairs: unknown[] };
    expect(pairs).toHaveLength(PAIRS - 1);
  });

  it('refuses other arguments, other weights, another version and images that have changed', async () => {
    const other = await lpips(...planned('--merge', '--resize'));
    expect(other.error).toContain('lpips folder: expected resize true for the plan, got false.');
    const path = at('job', 'plan.json');
    const text = await readFile(path, 'utf8');
    const altered = async (from: RegExp, to: string) => {
      expect(text).toMatch(from);
      await writeFile(path, text.replace(from, to));
      return (await lpips(...planned('--shards', '0'))).error;
    };
    expect(await altered(/"weights": "[0-9a-f]{64}"/, `"weights": "${'5'.repeat(64)}"`)).toMatch(
      /expected weights [0-9a-f]{12} for the plan, got 555555555555\. Use the weights/,
    );
    expect(await altered(/"tool": "[^"]*"/, '"tool": "lpips-node 0.0.1"')).toMatch(
      /expected a plan by lpips-node .* for the plan, got one by lpips-node 0\.0\.1\. Install that version/,
    );
    await writeFile(path, text);
    const image = at('job', 'out', '21.png');
    const before = await readFile(image);
    await noisyPng(image, { width: 16, height: 16, noise: 77 });
    await rm(at('job', 'plan.shards', 'pairs-00001.safetensors'));
    const changed = await lpips(...planned('--shards', '1'));
    expect(changed.error).toMatch(
      /expected digest [0-9a-f]{12} for the plan, got [0-9a-f]{12}\. Write the plan anew/,
    );
    await writeFile(image, before);
  });

  it('refuses options that do not go together', async () => {
    const refusal = async (...more: string[]) => await lpips(...args(), ...more);
    expect(await refusal('--merge')).toMatchObject({
      code: 2,
      error: 'lpips: expected --plan beside --merge, got none. Name the file of the plan.\n',
    });
    expect((await lpips(...planned('--shards', '1', '--merge'))).error).toContain(
      'cannot do both --shards and --merge',
    );
    expect((await lpips(...planned('--shards', '2-1'))).error).toContain(
      'expected numbers like 40-59 or 3,7-9',
    );
    expect((await lpips(...planned('--queue', 'http://secret@host'))).error).toContain(
      'expected an address like redis://host:6379 for --queue, got "http://host"',
    );
    process.env['JOB_COMPLETION_INDEX'] = '9';
    expect((await lpips(...planned())).error).toContain(
      'expected an index below 2 for the array task, got 9',
    );
  });
});

suiteWithRedis('lpips folder --queue', (redis) => {
  it('has lpips work do it, and prints the table of one run', async () => {
    const { url } = redis();
    const worker = spawn(process.execPath, [CLI, 'work', url, '--offline'], { stdio: 'ignore' });
    try {
      const [whole, queued] = await Promise.all([
        runProgram(CLI, args('elsewhere')),
        runProgram(CLI, [...args('elsewhere'), '--plan', at('elsewhere', 'p.json'), '--queue', url]),
      ]);
      expect(queued.out).toBe(whole.out);
      expect(queued.code).toBe(1);
    } finally {
      worker.kill('SIGKILL');
    }
    expect((await runProgram(CLI, ['work', url, '--status'])).out).toBe('no plans\n');
  });
});
