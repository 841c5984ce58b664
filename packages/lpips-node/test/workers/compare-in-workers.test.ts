import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { Lpips } from 'lpips-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { selectBackend } from '../../src/backends/select-backend.js';
import {
  compareAllPairs,
  compareNeighbours,
  type IndexedDistance,
} from '../../src/commands/compare-pairs.js';
import { readImage } from '../../src/images/read-image.js';
import {
  compareAllPairsInWorkers,
  compareNeighboursInWorkers,
  type Workers,
} from '../../src/workers/compare-in-workers.js';
import { type Answer, perform, type Task } from '../../src/workers/tasks.js';
import { noisyPng } from '../commands/test-terminal.js';
import { randomWeights } from '../images/random-weights.js';

const COUNT = 11;
const size = { width: 32, height: 24 };
let folder = '';
let lpips: Lpips;
const path = (index: number) => join(folder, `${index}.png`);
const listed = Array.from({ length: COUNT }, (_, index) => index);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lpips-in-workers-'));
  await selectBackend('wasm');
  lpips = Lpips.fromWeights(randomWeights('lite'), { net: 'lite' });
  for (const index of listed) await noisyPng(path(index), { ...size, noise: 5 * index, seed: index + 1 });
});
afterAll(async () => {
  lpips.dispose();
  await rm(folder, { recursive: true });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Stands in for threads, in this one. */
function workersHere(workers: number) {
  let compared = 0;
  const ask = (task: Task): Promise<Answer> => perform(lpips, structuredClone(task), () => compared++);
  const pool: Workers = {
    workers,
    distance: () => Promise.reject(new Error('not asked here')),
    distances: async (task) => {
      const answer = await ask(task);
      return 'distances' in answer ? answer.distances : [];
    },
    features: async (task) => {
      const answer = await ask(task);
      if ('features' in answer) return answer.features;
      throw new Error('no features');
    },
  };
  return { pool, compared: () => compared };
}

const images = () => listed.map((index) => ({ index, image: { path: path(index), size }, size }));
const list = { count: COUNT, read: (index: number) => readImage(path(index)) };

async function inThisThread(distances: AsyncGenerator<IndexedDistance>): Promise<IndexedDistance[]> {
  const found: IndexedDistance[] = [];
  for await (const one of distances) found.push(one);
  return sorted(found);
}

function sorted(found: readonly IndexedDistance[]): IndexedDistance[] {
  return [...found].sort((a, b) => a.image - b.image || a.reference - b.reference);
}

describe('compareAllPairsInWorkers', () => {
  it.each([
    [1, 11, 11],
    [2, 11, 11],
    [3, 30, 11],
    [2, 4, 11 + 7 + 3], // groups of four: those behind pass again
    [3, 1, (11 * 12) / 2 - 1],
  ])(
    '%i workers, shared memory for %i images of 11: %i passes, the same bits',
    async (workers, shared, passes) => {
      const expected = await inThisThread(compareAllPairs(lpips, list, Number.POSITIVE_INFINITY));
      for (const task of [1, 2, 30]) {
        const before = memory().numTensors;
        const { pool, compared } = workersHere(workers);
        const made = vi.spyOn(Lpips.prototype, 'features');
        const found = await compareAllPairsInWorkers(pool, images(), { shared, task });
        expect(made.mock.calls.length).toBe(passes);
        expect(compared()).toBe(55);
        expect(sorted(found)).toEqual(expected);
        expect(memory().numTensors).toBe(before);
        made.mockRestore();
      }
    },
  );
});

describe('compareNeighboursInWorkers', () => {
  it.each([
    [1, 11],
    [2, 12],
    [3, 13],
    [20, 20], // no more runs than pairs
  ])('%i workers: %i passes for 11 images, the same bits', async (workers, passes) => {
    const expected = await inThisThread(compareNeighbours(lpips, list));
    const { pool, compared } = workersHere(workers);
    const made = vi.spyOn(Lpips.prototype, 'features');
    expect(sorted(await compareNeighboursInWorkers(pool, images()))).toEqual(expected);
    expect(made.mock.calls.length).toBe(passes);
    expect(compared()).toBe(10);
  });
});
