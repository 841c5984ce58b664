import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { at, Lpips } from 'lpips-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { noisyPng } from '../../../../test/support/test-terminal.js';
import { selectBackend } from '../../src/backends/select-backend.js';
import {
  compareAllPairs,
  compareNeighbours,
  type IndexedDistance,
} from '../../src/comparing/compare-pairs.js';
import { type LeftOutPath, readOrLeaveOut } from '../../src/comparing/leave-out.js';
import { readImage } from '../../src/images/read-image.js';
import {
  compareAllPairsInWorkers,
  compareNeighboursInWorkers,
  ON_THEIR_WAY,
  type Worker,
  type Workers,
} from '../../src/workers/compare-in-workers.js';
import { type Answer, perform, type Task, type WorkerState } from '../../src/workers/tasks.js';
import { randomWeights } from '../images/random-weights.js';

const COUNT = 11;
const size = { width: 16, height: 12 };
let folder = '';
let lpips: Lpips;
/** All pairs and all neighbours, compared in this thread. */
let everyPairHere: IndexedDistance[] = [];
let neighboursHere: IndexedDistance[] = [];
const path = (index: number) => join(folder, `${index}.png`);
const listed = Array.from({ length: COUNT }, (_, index) => index);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lpips-in-workers-'));
  await selectBackend('wasm');
  lpips = Lpips.fromWeights(randomWeights('lite'), { net: 'lite' });
  for (const index of listed) await noisyPng(path(index), { ...size, noise: 5 * index, seed: index + 1 });
  everyPairHere = await inThisThread(compareAllPairs(lpips, list, Number.POSITIVE_INFINITY));
  neighboursHere = await inThisThread(compareNeighbours(lpips, list));
});
afterAll(async () => {
  lpips.dispose();
  await rm(folder, { recursive: true });
});
afterEach(() => {
  vi.restoreAllMocks();
  compared = 0;
});

let compared = 0;

/** Stands in for a thread that does one task at a time. It runs in this thread. */
function workerHere(): Worker & { readonly state: WorkerState } {
  const state: WorkerState = { lpips, kept: new Map() };
  let isBusy = false;
  const ask = async (task: Task): Promise<Answer> => {
    if (isBusy) throw new Error('two tasks at a time');
    isBusy = true;
    return perform(state, structuredClone(task), () => compared++).finally(() => {
      isBusy = false;
    });
  };
  return {
    state,
    distances: async (task) => {
      const answer = await ask(task);
      if ('images' in answer) return answer.images;
      throw new Error('no distances');
    },
    features: async (task) => {
      const answer = await ask(task);
      if ('made' in answer) return answer.made;
      throw new Error('no features');
    },
    forget: async () => {
      await ask({ kind: 'forget' });
    },
  };
}

/** Stands in for a pool. */
function workersHere(workers: number): Workers {
  return {
    workers,
    distance: () => Promise.reject(new Error('not asked here')),
    distances: (task) => workerHere().distances(task),
  };
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
    [2, 6, 11],
    [3, 30, 11],
    [2, 2, 11 + 7 + 3], // groups of four: the images after a group pass again
    [1, 4, 11 + 7 + 3],
    [3, 1, 11 + 8 + 5 + 2],
    [1, 1, (11 * 12) / 2 - 1],
  ])(
    '%i workers with room for %i images each, of 11: %i passes, the same bits',
    async (count, room, passes) => {
      const before = memory().numTensors;
      const workers = Array.from({ length: count }, workerHere);
      const made = vi.spyOn(Lpips.prototype, 'features');
      const found = await compareAllPairsInWorkers(workers, images(), room);
      expect(made.mock.calls.length).toBe(passes);
      expect(compared).toBe(55);
      expect(found.leftOut).toEqual([]);
      expect(sorted(found.distances)).toEqual(everyPairHere);
      expect(memory().numTensors).toBe(before);
    },
  );

  it('shares the keeping, and makes shared memory for few images', async () => {
    const workers = [workerHere(), workerHere()];
    const most = [0, 0];
    let buffers = 0;
    const watched = workers.map(
      (worker, place): Worker => ({
        ...worker,
        features: async (task) => {
          const made = await worker.features(task);
          if (task.over === undefined) buffers++;
          most[place] = worker.state.kept.size;
          return made;
        },
      }),
    );
    await compareAllPairsInWorkers(watched, images(), 30);
    const [some = 0, others = 0] = most;
    expect(some + others).toBe(COUNT);
    expect(Math.min(some, others)).toBeGreaterThanOrEqual(3);
    expect(buffers).toBeLessThanOrEqual(2 * ON_THEIR_WAY);
  });

  it('says so where a thread that kept features was replaced', async () => {
    const worker = workerHere();
    const forgetful: Worker = {
      ...worker,
      features: async (task) => {
        if (task.image.index === 3) await worker.forget();
        return worker.features(task);
      },
    };
    await expect(compareAllPairsInWorkers([forgetful], images(), 30)).rejects.toThrow(
      /^MetricPool: cannot compare \S+\/2\.png: a worker thread stopped \(another one replaced it\)/,
    );
  });
});

describe('compareNeighboursInWorkers', () => {
  it.each([
    [1, 11],
    [2, 12],
    [3, 13],
    [20, 20], // no more runs than pairs
  ])('%i workers: %i passes for 11 images, the same bits', async (workers, passes) => {
    const made = vi.spyOn(Lpips.prototype, 'features');
    const { distances } = await compareNeighboursInWorkers(workersHere(workers), images());
    expect(sorted(distances)).toEqual(neighboursHere);
    expect(made.mock.calls.length).toBe(passes);
    expect(compared).toBe(10);
  });
});

/** Where runs of neighbours of 2 and 3 workers begin are 5, 3 and 6; others are the first, the last and two in a row. */
describe.each([[[5]], [[3, 6]], [[0]], [[10]], [[4, 5, 6]], [[0, 2, 3, 10]]])(
  'images %j cannot be read',
  (broken) => {
    let intact: Buffer[] = [];
    let [readablePairs, readableNeighbours]: IndexedDistance[][] = [];
    beforeAll(async () => {
      intact = await Promise.all(broken.map((index) => readFile(path(index))));
      for (const [place, index] of broken.entries()) {
        await writeFile(path(index), at(intact, place).subarray(0, -200));
      }
      readablePairs = await expectedOf((lpips, list) =>
        compareAllPairs(lpips, list, Number.POSITIVE_INFINITY),
      );
      readableNeighbours = await expectedOf(compareNeighbours);
    });
    afterAll(() => Promise.all(broken.map((index, place) => writeFile(path(index), at(intact, place)))));

    const readable = listed.filter((index) => !broken.includes(index));
    /** The images that can be read, by their places among all, compared in this thread. */
    async function expectedOf(compare: typeof compareNeighbours): Promise<IndexedDistance[]> {
      const whole = { count: readable.length, read: (place: number) => readImage(path(at(readable, place))) };
      const found = await inThisThread(compare(lpips, whole));
      return found.map(({ image, reference, distance }) => ({
        image: at(readable, image),
        reference: at(readable, reference),
        distance,
      }));
    }
    const names = () => broken.map((index) => path(index)).toSorted();
    const namesOf = (leftOut: readonly LeftOutPath[]) => leftOut.map(({ path }) => path).toSorted();

    it.each([1, 2, 3])('neighbours are those that can be read, with %i workers', async (workers) => {
      const { distances, leftOut } = await compareNeighboursInWorkers(workersHere(workers), images());
      expect(sorted(distances)).toEqual(readableNeighbours);
      expect(namesOf(leftOut)).toEqual(names());
    });

    it.each([
      [1, 30],
      [2, 2],
      [3, 1],
      [3, 30],
    ])(
      'all pairs are those that can be read, with %i workers and room for %i images',
      async (count, room) => {
        const before = memory().numTensors;
        const workers = Array.from({ length: count }, workerHere);
        const { distances, leftOut } = await compareAllPairsInWorkers(workers, images(), room);
        expect(sorted(distances)).toEqual(readablePairs);
        expect(namesOf(leftOut)).toEqual(names());
        expect(memory().numTensors).toBe(before);
      },
    );

    it.each([0, 1, 2.5, 30])(
      'in this thread too, with memory for the features of %d images',
      async (room) => {
        const sample = lpips.features(await readImage(path(1)));
        const budget = room * sample.bytes;
        sample.dispose();
        const before = memory().numTensors;
        const leftOut: LeftOutPath[] = [];
        const read = (index: number) => readOrLeaveOut({ path: path(index), size }, size, leftOut);
        const found = await inThisThread(compareAllPairs(lpips, { count: COUNT, read }, budget));
        expect(memory().numTensors).toBe(before);
        expect(found).toEqual(readablePairs);
        expect(namesOf(leftOut)).toEqual(names());
      },
    );
  },
);
