/**
 * @module
 * Fills a cache: worker threads make the pictures of missing shards, and the teacher measures the distances.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Tensor1D, tidy } from '@tensorflow/tfjs';
import type { Lpips } from 'lpips-core';
import { type RgbPixels, SIDE } from 'lpips-pictures';
import { Piscina } from 'piscina';
import { featuresOf } from '../networks/features-of.js';
import { picturesAt } from './student.js';
import type { Shard, TripletCache } from './triplet-cache.js';
import { makeTriplets, type TripletTask, type WorkerStart } from './triplet-worker.js';
import { tripletBytes } from './triplets.js';

/** Triplets of 64x64 pixels in one pass of the teacher. Of larger ones there are fewer, with as many pixels. */
const TEACHER_BATCH = 50;
/** Triplets in one task of a thread, if they go to memory. */
const TASK_TRIPLETS = 50;

/** Called with the progress, in triplets. */
export type OnMade = (done: number, total: number) => void;

/** The shards of so many triplets. The last one may be shorter. */
export function planShards(kind: string, triplets: number, perShard: number): Shard[] {
  return Array.from({ length: Math.ceil(triplets / perShard) }, (_, index) => ({
    kind,
    index,
    triplets: Math.min(perShard, triplets - index * perShard),
  }));
}

/**
 * Makes the pictures of the missing shards.
 *
 * @param workers number of threads; 0 = this thread. The pictures do not depend on it
 */
export async function makePictures(
  cache: TripletCache,
  shards: readonly Shard[],
  start: WorkerStart,
  { workers, onMade }: { workers?: number; onMade?: OnMade } = {},
): Promise<void> {
  const present = await Promise.all(shards.map((shard) => cache.has(shard, 'pictures')));
  const total = shards.reduce((sum, { triplets }) => sum + triplets, 0);
  let done = 0;
  const finish = ({ triplets }: Shard) => {
    done += triplets;
    onMade?.(done, total);
  };
  for (const shard of shards.filter((_, index) => present[index])) finish(shard);
  if (done === total) return;
  const { make, close } = openMakers(start, workers);
  try {
    let first = 0;
    await Promise.all(
      shards.map(async (shard, index) => {
        const task = { first, count: shard.triplets };
        first += shard.triplets;
        if (present[index]) return;
        await cache.writePictures(shard, await make(task));
        finish(shard);
      }),
    );
  } finally {
    await close();
  }
}

/** The pictures of `triplets` triplets, uint8 `[triplets, 3, side, side, 3]`. */
export async function makePicturesInMemory(
  triplets: number,
  start: WorkerStart,
  { workers, onMade }: { workers?: number; onMade?: OnMade } = {},
): Promise<Uint8Array> {
  const makers = openMakers(start, workers);
  try {
    return await picturesOf(makers, { first: 0, count: triplets }, onMade);
  } finally {
    await makers.close();
  }
}

/** The pictures of some triplets, uint8 `[count, 3, side, side, 3]`. */
export async function picturesOf(
  { make, side }: Makers,
  { first, count }: TripletTask,
  onMade?: OnMade,
): Promise<Uint8Array> {
  const size = tripletBytes(side);
  const pictures = new Uint8Array(count * size);
  let done = 0;
  await Promise.all(
    Array.from({ length: Math.ceil(count / TASK_TRIPLETS) }, async (_, index) => {
      const start = index * TASK_TRIPLETS;
      const some = Math.min(TASK_TRIPLETS, count - start);
      pictures.set(await make({ first: first + start, count: some }), start * size);
      done += some;
      onMade?.(done, count);
    }),
  );
  return pictures;
}

/** What makes triplets. */
export interface Makers {
  readonly make: (task: TripletTask) => Promise<Uint8Array>;
  /** Height and width of the pictures. */
  readonly side: number;
  /** Ends the threads. */
  readonly close: () => Promise<void>;
}

/**
 * Starts threads that make triplets. The caller closes them.
 *
 * @param workers number of threads; 0 = this thread. Default: one for each core
 */
export function openMakers({ photographs, ...rest }: WorkerStart, workers: number | undefined): Makers {
  const start: WorkerStart = { photographs: photographs.map(share), ...rest };
  const { side = SIDE } = start;
  if (workers === 0) return { make: (task) => makeTriplets(start, task), side, close: async () => undefined };
  const threads = workers ?? availableParallelism();
  const pool = new Piscina<TripletTask, Uint8Array>({
    filename: fileURLToPath(new URL('./triplet-worker.js', import.meta.url)),
    minThreads: threads,
    maxThreads: threads,
    workerData: start,
  });
  return { make: (task) => pool.run(task), side, close: () => pool.destroy() };
}

/** Measures the distances of the shards that lack them. */
export async function makeTargets(
  cache: TripletCache,
  shards: readonly Shard[],
  teacher: Lpips,
  onMade?: OnMade,
): Promise<void> {
  const total = shards.reduce((sum, { triplets }) => sum + triplets, 0);
  let done = 0;
  for (const shard of shards) {
    if (!(await cache.has(shard, 'targets'))) {
      await cache.writeTargets(
        shard,
        await tripletDistances(teacher, await cache.readPictures(shard), shard.side),
      );
    }
    done += shard.triplets;
    onMade?.(done, total);
  }
}

/**
 * Distances of both copies of every triplet to their reference.
 *
 * @param pictures uint8 `[triplets, 3, side, side, 3]`
 * @param side height and width of a picture
 * @returns `[triplets, 2]`
 */
export async function tripletDistances(
  lpips: Lpips,
  pictures: Uint8Array,
  side: number = SIDE,
): Promise<Float32Array> {
  const size = tripletBytes(side);
  const triplets = pictures.length / size;
  const distances = new Float32Array(2 * triplets);
  const step = Math.max(1, Math.floor(TEACHER_BATCH * (SIDE / side) ** 2));
  for (let first = 0; first < triplets; first += step) {
    const batch = pictures.subarray(first * size, (first + step) * size);
    const reference = featuresOf(lpips, picturesAt(batch, 0, side));
    try {
      for (const copy of [0, 1]) {
        const result = tidy((): Tensor1D => lpips.distance(picturesAt(batch, copy + 1, side), reference));
        const values = await result.data().finally(() => result.dispose());
        values.forEach((value, index) => {
          distances[2 * (first + index) + copy] = value;
        });
      }
    } finally {
      reference.dispose();
    }
  }
  return distances;
}

/** A copy of the photograph in memory that all threads share. */
function share({ width, height, data }: RgbPixels): RgbPixels {
  const shared = new Uint8Array(new SharedArrayBuffer(data.length));
  shared.set(data);
  return { width, height, data: shared };
}
