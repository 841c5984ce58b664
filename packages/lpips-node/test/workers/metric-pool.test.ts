import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Lpips, LpipsError } from 'lpips-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { noisyPng } from '../../../../test/support/test-terminal.js';
import { selectBackend } from '../../src/backends/select-backend.js';
import { comparePair } from '../../src/comparing/compare-pairs.js';
import { MetricPool } from '../../src/workers/metric-pool.js';
import { randomWeights } from '../images/random-weights.js';

/** The compiled worker, since threads run JavaScript. */
const WORKER = new URL('../../dist/workers/metric-worker.js', import.meta.url);
const size = { width: 64, height: 48 };
const weights = randomWeights('lite');
let folder = '';
let pool: MetricPool | undefined;
const at = (name: string) => join(folder, name);
const pair = (name: string) => ({
  kind: 'pair' as const,
  image: { path: at(name), size },
  reference: { path: at('reference.png'), size },
});

beforeAll(async () => {
  if (!existsSync(WORKER))
    throw new Error(`${fileURLToPath(WORKER)} is missing: build first, with npm run build.`);
  folder = await mkdtemp(join(tmpdir(), 'lpips-pool-'));
  await noisyPng(at('reference.png'), size);
  await noisyPng(at('image.png'), { ...size, noise: 50 });
  await writeFile(at('torn.png'), (await readFile(at('image.png'))).subarray(0, 2000));
});
afterEach(async () => {
  await pool?.close();
  pool = undefined;
});
afterAll(() => rm(folder, { recursive: true }));

function open({ workers = 2, file = WORKER, onCompared = () => {} } = {}): MetricPool {
  const start = { backend: 'wasm', options: { net: 'lite' }, weights, threads: 1 } as const;
  // This process has options that make imports find TypeScript, which threads cannot run.
  pool = new MetricPool({ ...start, workers, tasksPerWorker: 2, thread: { file, execArgv: [] }, onCompared });
  return pool;
}

async function workerFile(name: string, source: string): Promise<URL> {
  await writeFile(at(name), source);
  return pathToFileURL(at(name));
}

const stopped = (name: string, reason: string) =>
  new LpipsError(
    `MetricPool: cannot compare ${at(name)}: a worker thread stopped (${reason}). ` +
      'Run it again, with --workers 1 if memory is short.',
  );

describe('MetricPool', () => {
  it('computes what this thread computes, to the last bit, and counts', async () => {
    let compared = 0;
    const threads = open({ onCompared: () => compared++ });
    const distances = await Promise.all(Array.from({ length: 5 }, () => threads.distance(pair('image.png'))));
    await selectBackend('wasm');
    const lpips = Lpips.fromWeights(weights, { net: 'lite' });
    const { image, reference } = pair('image.png');
    const here = await comparePair(lpips, image, reference);
    expect(here).toEqual({ distance: expect.any(Number) });
    for (const there of distances) expect(there).toEqual(here);
    lpips.dispose();
    await expect.poll(() => compared).toBe(5);
  });

  it('passes on what is wrong with an image', async () => {
    const start = `readImage: expected a PNG, JPEG, WebP, AVIF, TIFF, GIF, BMP or PPM image for ${at('torn.png')}, got a damaged`;
    expect(await open().distance(pair('torn.png'))).toEqual({
      leftOut: [{ path: at('torn.png'), reason: expect.stringContaining(start) }],
    });
  });

  it('says which work a thread left that was killed', async () => {
    const threads = open();
    const distances = Array.from({ length: 40 }, () => threads.distance(pair('image.png')));
    const ends = Promise.all(distances);
    await Promise.race([distances[0], ends]);
    for (const thread of threads.threads) void thread.terminate();
    await expect(ends).rejects.toThrow(stopped('image.png', 'worker exited with code: 1'));
  });

  it.each([
    ['exits', 'export default () => process.exit(7);', 'worker exited with code: 7'],
    ['does not start', 'throw new Error("no such machine\\n  at line 1");', 'no such machine'],
  ])('and of one that %s', async (_, source, reason) => {
    const file = await workerFile(`${reason.length}.mjs`, source);
    await expect(open({ file }).distance(pair('image.png'))).rejects.toThrow(stopped('image.png', reason));
  });

  it('ends its threads in the middle of their work', async () => {
    const file = await workerFile('endless.mjs', 'export default () => { for (;;); };');
    const threads = open({ file });
    const distance = threads.distance(pair('image.png'));
    const ended = expect(distance).rejects.toThrow(LpipsError);
    await threads.close();
    await ended;
    expect(threads.threads).toEqual([]);
  });
});
