/**
 * @module
 * How the distances of a list of images are spread over workers. Among all pairs, every image passes the backbone once
 * where the workers together can keep the features of all images. Each worker keeps a part of them. The features that one
 * worker makes go to the others through shared memory, and each compares them with those that it keeps.
 */

import { at } from 'lpips-core';
import type { ImagePair } from '../comparing/compare-images.js';
import type { ComparedImages, ComparedPair, IndexedDistance } from '../comparing/compare-pairs.js';
import type { LeftOutPath } from '../comparing/leave-out.js';
import type { MetricPool } from './metric-pool.js';
import type { SharedFeatures } from './shared-features.js';
import type { ListedImage } from './tasks.js';

/** Runs of neighbours for each worker, so that none waits long for another. Each run costs one more pass. */
const RUNS_PER_WORKER = 4;
const LEAST_RUN = 16;
/** Images whose features are in shared memory, for each worker: one is made while another is compared. */
export const ON_THEIR_WAY = 2;
/**
 * Share of the workers that make features while others have some to compare. Features are kept in memory that is touched
 * for the first time, and the system gives such memory to two threads at once at less than half the speed.
 */
const MAKERS = 0.5;

/** Does the work. Tests have a stand-in for the threads. */
export type Workers = Pick<MetricPool, 'workers' | 'distance' | 'distances'>;
/** A worker that does one task at a time. */
export type Worker = Pick<MetricPool, 'distances' | 'features' | 'forget'>;
/** Shared memory for features, or `undefined` for memory that is not made yet. */
type Memory = SharedFeatures | undefined;

/** Each image against its reference, in order. */
export async function comparePairsInWorkers(
  pool: Workers,
  pairs: readonly ImagePair[],
): Promise<ComparedPair[]> {
  return Promise.all(pairs.map((pair) => pool.distance({ kind: 'pair', ...pair })));
}

/**
 * Each image against the one before it. Each run begins with the last image of the run before it. Where that one cannot be
 * read, the last before and the first after it are compared in the end, as neighbours that they are then.
 */
export async function compareNeighboursInWorkers(
  pool: Workers,
  images: readonly ListedImage[],
): Promise<ComparedImages> {
  const pairs = images.length - 1;
  const { workers } = pool;
  const short = Math.min(RUNS_PER_WORKER * workers, Math.floor(pairs / LEAST_RUN));
  const runs = Math.min(pairs, Math.max(workers, short));
  const startOf = (run: number) => Math.floor((run * pairs) / runs);
  const found = Array.from({ length: runs }, (_, run) => {
    const neighbours = images.slice(startOf(run), startOf(run + 1) + 1);
    return pool.distances({ kind: 'neighbours', images: neighbours });
  });
  const compared = joined(await Promise.all(found));
  const missing = missingNeighbours(images, compared).map((neighbours) =>
    pool.distances({ kind: 'neighbours', images: neighbours }),
  );
  return joined([compared, ...(await Promise.all(missing))]);
}

/** Images that can be read and have none that can be read between them, and that were not compared. */
function missingNeighbours(
  images: readonly ListedImage[],
  { distances, leftOut }: ComparedImages,
): ListedImage[][] {
  const unreadable = new Set(leftOut.map(({ path }) => path));
  const readable = images.filter(({ image }) => !unreadable.has(image.path));
  const compared = new Set(distances.map(({ reference }) => reference));
  return readable.flatMap((image, place) =>
    place === 0 || compared.has(image.index) ? [] : [[at(readable, place - 1), image]],
  );
}

/**
 * Every image against every later one. Where the workers cannot keep the features of all images, the images are taken in
 * groups, and the images after a group pass the backbone once more for it.
 *
 * @param room images whose features one worker can keep, at least 1
 * @returns n(n − 1)/2 distances; sort them by place
 */
export async function compareAllPairsInWorkers(
  workers: readonly Worker[],
  images: readonly ListedImage[],
  room: number,
): Promise<ComparedImages> {
  const found: ComparedImages[] = [];
  const group = room * workers.length;
  for (let start = 0; start < images.length - 1; start += group) {
    found.push(await compareGroup(workers, images.slice(start), group, room));
  }
  return joined(found);
}

/** All distances, and each image that is left out once. */
function joined(parts: readonly ComparedImages[]): ComparedImages {
  const byPath = new Map(parts.flatMap(({ leftOut }) => leftOut).map((image) => [image.path, image]));
  return { distances: parts.flatMap(({ distances }) => distances), leftOut: [...byPath.values()] };
}

/** A worker, the places of the images whose features it keeps, and the features that it is still to compare. */
interface Keeper {
  readonly worker: Worker;
  readonly kept: number[];
  readonly waiting: Passing[];
}

/** An image whose features every worker compares with those that it keeps. */
interface Passing {
  readonly image: ListedImage;
  readonly features: SharedFeatures;
  /** How many workers have still to compare it. */
  left: number;
}

/** The first images against each other and against all that follow. */
async function compareGroup(
  workers: readonly Worker[],
  images: readonly ListedImage[],
  group: number,
  room: number,
): Promise<ComparedImages> {
  const keepers = workers.map((worker): Keeper => ({ worker, kept: [], waiting: [] }));
  const memory = Array.from({ length: ON_THEIR_WAY * workers.length }, (): Memory => undefined);
  const makersAtOnce = Math.ceil(workers.length * MAKERS);
  const found: IndexedDistance[] = [];
  const leftOut: LeftOutPath[] = [];
  let next = 0;
  let makers = 0;

  const make = async ({ worker, kept }: Keeper, image: ListedImage, keep: boolean) => {
    makers++;
    const over = memory.pop();
    const made = await worker.features({ kind: 'features', image, keep, over });
    makers--;
    if ('leftOut' in made) {
      memory.push(over);
      leftOut.push(made.leftOut);
      return;
    }
    const { features } = made;
    if (keep) kept.push(image.index);
    const passing = { image, features, left: keepers.length };
    for (const { waiting } of keepers) waiting.push(passing);
  };
  const compare = async ({ worker, kept }: Keeper, passing: Passing) => {
    const { image, features } = passing;
    const earlier = kept.filter((index) => index < image.index);
    if (earlier.length > 0) {
      const { distances } = await worker.distances({ kind: 'passing', image, features, kept: earlier });
      found.push(...distances);
    }
    if (--passing.left === 0) memory.push(features);
  };
  const taskFor = (keeper: Keeper): Promise<void> | undefined => {
    const { kept, waiting } = keeper;
    const image = images[next];
    const keep = next < group;
    const canMake = image !== undefined && memory.length > 0 && (!keep || kept.length < room);
    const isAhead = keepers.every((other) => other.waiting.length >= waiting.length);
    if (canMake && (waiting.length === 0 || (isAhead && makers < makersAtOnce))) {
      next++;
      return make(keeper, image, keep);
    }
    const passing = waiting.shift();
    return passing && compare(keeper, passing);
  };

  const running = new Map<Keeper, Promise<unknown>>();
  for (;;) {
    for (const keeper of keepers) {
      if (running.has(keeper)) continue;
      const done = taskFor(keeper)?.then(() => running.delete(keeper));
      if (done) running.set(keeper, done);
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  await Promise.all(workers.map((worker) => worker.forget()));
  return { distances: found, leftOut };
}
