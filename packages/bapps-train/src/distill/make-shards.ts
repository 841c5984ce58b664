/**
 * @module
 * Fills a cache: worker threads make the pictures of the shards that are missing, the teacher tells its distances.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Tensor1D, tidy } from '@tensorflow/tfjs';
import type { Lpips } from 'lpips-core';
import { Piscina } from 'piscina';
import { picturesAt } from './student.js';
import type { Shard, TripletCache } from './triplet-cache.js';
import { makeTriplets, type TripletTask, type WorkerStart } from './triplet-worker.js';
import { type Photograph, TRIPLET_BYTES } from './triplets.js';

/** Triplets that the teacher sees at once. */
const TEACHER_BATCH = 50;

/** How much is done, in triplets. */
export type OnMade = (done: number, total: number) => void;

/** Names of the shards that `triplets` triplets fill, the last one perhaps shorter. */
export function planShards(kind: string, triplets: number, perShard: number): Shard[] {
  return Array.from({ length: Math.ceil(triplets / perShard) }, (_, index) => ({
    kind,
    index,
    triplets: Math.min(perShard, triplets - index * perShard),
  }));
}

/**
 * Makes the pictures of the shards that are not there yet.
 *
 * @param workers threads; 0 = in this one. The pictures do not depend on it
 */
export async function makePictures(
  cache: TripletCache,
  shards: readonly Shard[],
  { photographs, seed, mixture }: WorkerStart,
  { workers = availableParallelism(), onMade }: { workers?: number; onMade?: OnMade } = {},
): Promise<void> {
  const total = shards.reduce((sum, { triplets }) => sum + triplets, 0);
  const starts = shards.map((_, index) => shards.slice(0, index).reduce((sum, { triplets }) => sum + triplets, 0));
  const start: WorkerStart = { photographs: photographs.map(share), seed, mixture };
  const pool =
    workers === 0
      ? undefined
      : new Piscina<TripletTask, Uint8Array>({
          filename: fileURLToPath(new URL('./triplet-worker.js', import.meta.url)),
          minThreads: workers,
          maxThreads: workers,
          workerData: start,
        });
  let done = 0;
  try {
    await Promise.all(
      shards.map(async (shard, index) => {
        if (!(await cache.has(shard, 'pictures'))) {
          const task = { first: starts[index] ?? 0, count: shard.triplets };
          const pictures = pool ? await pool.run(task) : await makeTriplets(start, task);
          await cache.writePictures(shard, pictures);
        }
        done += shard.triplets;
        onMade?.(done, total);
      }),
    );
  } finally {
    await pool?.destroy();
  }
}

/** Asks the teacher about the shards that it has not seen yet. */
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
      await cache.writeTargets(shard, await tripletDistances(teacher, await cache.readPictures(shard)));
    }
    done += shard.triplets;
    onMade?.(done, total);
  }
}

/**
 * Distances of both copies of every triplet to their reference.
 *
 * @param pictures uint8 `[triplets, 3, 64, 64, 3]`
 * @returns `[triplets, 2]`
 */
export async function tripletDistances(lpips: Lpips, pictures: Uint8Array): Promise<Float32Array> {
  const triplets = pictures.length / TRIPLET_BYTES;
  const distances = new Float32Array(2 * triplets);
  for (let first = 0; first < triplets; first += TEACHER_BATCH) {
    const batch = pictures.subarray(first * TRIPLET_BYTES, (first + TEACHER_BATCH) * TRIPLET_BYTES);
    const images = picturesAt(batch, 0);
    const reference = lpips.features(images);
    images.dispose();
    for (const copy of [0, 1]) {
      const result = tidy((): Tensor1D => lpips.distance(picturesAt(batch, copy + 1), reference));
      (await result.data()).forEach((value, index) => {
        distances[2 * (first + index) + copy] = value;
      });
      result.dispose();
    }
    reference.dispose();
  }
  return distances;
}

/** The photograph with its pixels where every thread can read them. */
function share({ width, height, data }: Photograph): Photograph {
  const shared = new Uint8Array(new SharedArrayBuffer(data.length));
  shared.set(data);
  return { width, height, data: shared };
}
