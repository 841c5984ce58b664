import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { askProgram } from '../../../../test/support/ask-program.js';
import { AT_ONCE, startsUntilEnd } from '../../../../test/support/end-at-once.js';
import { noisyPng } from '../../../../test/support/test-terminal.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const COUNT = 9;
/** Makes the first thread that has computed a distance end at once, as the system does when memory is short. */
const KILLER = `data:text/javascript,${encodeURIComponent(`
  import { isMainThread } from 'node:worker_threads';
  let isKilled = false;
  if (isMainThread) process.on('worker', (worker) => worker.on('message', (message) => {
    if (message !== 'compared' || isKilled) return;
    isKilled = true;
    worker.terminate();
  }));
`)}`;

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
const files = Array.from({ length: COUNT }, (_, index) => `${index}.png`);

beforeAll(async () => {
  if (!existsSync(CLI)) throw new Error(`${CLI} is missing: build first, with npm run build.`);
  folder = await mkdtemp(join(tmpdir(), 'lpips-workers-'));
  process.env['LPIPS_CACHE'] = at('cache'); // nothing at hand but lite
  for (const name of ['out', 'truth', 'torn', 'middle', 'large', 'results']) await mkdir(at(name));
  for (const [index, name] of files.entries()) {
    await noisyPng(at('truth', name), { width: 48, height: 40, seed: index });
    await noisyPng(at('out', name), { width: 48, height: 40, seed: index, noise: 10 + 10 * index });
  }
  // Only their size counts.
  for (const [name, width, height] of [
    ['middle', 400, 300],
    ['large', 1400, 1000],
  ] as const) {
    await noisyPng(at(name, '0.png'), { width, height, noise: 40 });
    for (const copy of files.slice(1)) await cp(at(name, '0.png'), at(name, copy));
  }
  await cp(at('out'), at('torn'), { recursive: true });
  await writeFile(at('torn', '4.png'), (await readFile(at('out', '4.png'))).subarray(0, 2500));
});
afterEach(async () => {
  await rm(at('results'), { recursive: true });
  await mkdir(at('results'));
});
afterAll(() => rm(folder, { recursive: true }));

const LITE = ['--net', 'lite', '--backend', 'wasm'];

/** The command in a process that the commands of this file share; its threads are its own. */
const run = (args: readonly string[]) => askProgram(CLI, [...args, ...LITE]);

function start(args: readonly string[], nodeOptions: readonly string[] = []): ChildProcess {
  return spawn(process.execPath, [...nodeOptions, CLI, ...args, ...LITE]);
}

async function runAlone(args: readonly string[], nodeOptions: readonly string[]) {
  const child = start(args, nodeOptions);
  let [out, error] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    error += chunk.toString();
  });
  await once(child, 'close');
  return { code: child.exitCode, out, error };
}

describe.each([
  ['folder', ['folder', 'out', 'truth'], 9, 8],
  ['pairs', ['pairs', 'out'], 36, 28],
  ['pairs --consecutive', ['pairs', 'out', '--consecutive'], 8, 7],
] as const)('lpips %s', (_, [command, ...rest], count, fewer) => {
  /** The arguments, with `images` for the folder of images. */
  const places = (images: string) =>
    rest.map((arg) => {
      if (arg.startsWith('--')) return arg;
      return at(arg === 'out' || images === 'middle' || images === 'large' ? images : arg);
    });

  it('gives the same numbers to the last bit with 1, 2 and 3 workers', async () => {
    const outputs: string[] = [];
    let json = '';
    for (const workers of ['1', '2', '3']) {
      const csv = at('results', `${workers}.csv`);
      const { code, out, error } = await run([
        command,
        ...places('out'),
        '--workers',
        workers,
        '--json',
        '--quiet',
        '--csv',
        csv,
      ]);
      expect([code, error]).toEqual([0, '']);
      json = out;
      outputs.push(out + (await readFile(csv, 'utf8')));
    }
    expect(new Set(outputs).size).toBe(1);
    expect((JSON.parse(json) as { pairs: unknown[] }).pairs).toHaveLength(count);
  });

  it('names a truncated file, compares the others alike with 1, 2 and 3 workers, and exits with 1', async () => {
    const outputs: string[] = [];
    for (const workers of ['1', '2', '3']) {
      const csv = at('results', `${workers}.csv`);
      const args = [command, ...places('torn'), '--workers', workers, '--csv', csv];
      const { code, out, error } = await run([...args, '--json']);
      expect(code).toBe(1);
      const { pairs, leftOut } = JSON.parse(out) as { pairs: unknown[]; leftOut: unknown[] };
      expect(pairs).toHaveLength(fewer);
      const reason = expect.stringMatching(/^readImage: expected .+ got a damaged or incomplete file/);
      expect(leftOut).toEqual([{ path: at('torn', '4.png'), reason }]);
      expect(error).toContain(`lpips: ${at('torn', '4.png')} is left out: readImage: expected `);
      outputs.push(JSON.stringify(pairs) + (await readFile(csv, 'utf8')));
    }
    expect(new Set(outputs).size).toBe(1);
  });

  it('ends with one sentence, exit code 1 and no table when a worker is killed', async () => {
    const csv = at('results', 'scores.csv');
    const { code, out, error } = await runAlone(
      [command, ...places('middle'), '--workers', '2', '--quiet', '--csv', csv],
      ['--import', KILLER],
    );
    expect([code, out]).toEqual([1, '']);
    expect(error).toMatch(/^MetricPool: cannot compare [^\n]+\.png: a worker thread stopped \([^\n]+\n$/);
    expect(await readdir(at('results'))).toEqual([]);
  });

  it('stops at once on SIGINT and leaves no table', async () => {
    const child = start([
      command,
      ...places('large'),
      '--workers',
      '2',
      '--csv',
      at('results', 'scores.csv'),
    ]);
    await sleep(2000);
    expect(child.exitCode).toBeNull();
    expect(await startsUntilEnd(child, 'SIGINT')).toBeLessThan(AT_ONCE);
    expect(child.signalCode).toBe('SIGINT');
    expect(await readdir(at('results'))).toEqual([]);
  });
});

describe('--workers', () => {
  it('may be more than there are files', async () => {
    const csv = at('results', 'scores.csv');
    const few = at('results', 'few');
    await mkdir(few);
    for (const name of files.slice(0, 2)) await cp(at('out', name), join(few, name));
    const { code, out } = await run(['pairs', few, '--workers', '64', '--csv', csv, '--quiet']);
    expect(code).toBe(0);
    expect(out).toMatch(/mean of 1\n$/);
    expect((await readFile(csv, 'utf8')).split('\r\n')).toHaveLength(1 + 1 + 1);
  });

  it.each(['0', 'abc', '1.5'])('%s is wrong usage, told in one sentence', async (workers) => {
    const { code, out, error } = await run(['folder', at('out'), at('truth'), '--workers', workers]);
    expect([code, out]).toEqual([2, '']);
    expect(error).toBe(`lpips: expected a whole number from 1 up for --workers, got "${workers}".\n`);
  });

  it('refuses another size by name before a thread is started', async () => {
    await mkdir(at('results', 'odd'));
    await noisyPng(at('results', 'odd', '0.png'), { width: 60, height: 40 });
    const { code, error } = await run([
      'folder',
      at('results', 'odd'),
      at('truth'),
      '--workers',
      '2',
      '--quiet',
    ]);
    expect(code).toBe(1);
    expect(error).toContain(`for ${at('results', 'odd', '0.png')}, got 60x40.`);
  });
});
