/**
 * @module
 * How the distances of a list of images are spread over workers. Among all pairs, every image passes the backbone once
 * as long as the threads together can keep the features of all. Each keeps a part of them; what one makes passes by
 * the others through shared memory and is compared with what they keep, so that little is copied.
 */
import type { ImagePair } from '../comparing/compare-images.js';
import type { IndexedDistance } from '../comparing/compare-pairs.js';
import type { MetricPool } from './metric-pool.js';
import type { SharedFeatures } from './shared-features.js';
import type { ListedImage } from './tasks.js';

/** Runs of neighbours for each worker, so that none waits long for another; each begins with one more pass. */
const RUNS_PER_WORKER = 4;
const LEAST_RUN = 16;
/** Images on their way for each worker: one that is made while another passes by. */
export const ON_THEIR_WAY = 2;
/**
 * Share of the workers that make features while others have some to compare: the memory that they are kept in is
 * touched for the first time, and the system hands it to two at once at less than half the speed.
 */
const MAKERS = 0.5;

/** Who does the work; tests stand in for the threads. */
export type Workers = Pick<MetricPool, 'workers' | 'distance' | 'distances'>;
/** A worker that does one task at a time. */
export type Worker = Pick<MetricPool, 'distances' | 'features' | 'forget'>;
/** Shared memory for features; `undefined` where none is made yet. */
type Memory = SharedFeatures | undefined;

/** Each image against its reference, in order. */
export async function comparePairsInWorkers(pool: Workers, pairs: readonly ImagePair[]): Promise<number[]> {
  return Promise.all(pairs.map((pair) => pool.distance({ kind: 'pair', ...pair })));
}

/** Each image against the one before it, in runs that share their end and beginning. */
export async function compareNeighboursInWorkers(
  pool: Workers,
  images: readonly ListedImage[],
): Promise<IndexedDistance[]> {
  const pairs = images.length - 1;
  const { workers } = pool;
  const short = Math.min(RUNS_PER_WORKER * workers, Math.floor(pairs / LEAST_RUN));
  const runs = Math.min(pairs, Math.max(workers, short));
  const starts = Array.from({ length: runs }, (_, run) => Math.floor((run * pairs) / runs));
  const found = starts.map((start, run) => {
    const end = starts[run + 1] ?? pairs;
    return pool.distances({ kind: 'neighbours', images: images.slice(start, end + 1) });
  });
  return (await Promise.all(found)).flat();
}

/**
 * Every image against every later one. Where the workers cannot keep all, groups follow each other: the images behind
 * a group pass the backbone once more for it.
 *
 * @param room images whose features one worker can keep, at least 1
 * @returns n(n − 1)/2 distances; sort them by place
 */
export async function compareAllPairsInWorkers(
  workers: readonly Worker[],
  images: readonly ListedImage[],
  room: number,
): Promise<IndexedDistance[]> {
  const found: (readonly IndexedDistance[])[] = [];
  const group = room * workers.length;
  for (let start = 0; start < images.length - 1; start += group) {
    found.push(await compareGroup(workers, images.slice(start), group, room));
  }
  return found.flat();
}

/** A worker, the places of the images whose features it keeps, and those that are to pass by it. */
interface Keeper {
  readonly worker: Worker;
  readonly kept: number[];
  readonly waiting: Passing[];
}

/** An image whose features every worker compares with those that it keeps. */
interface Passing {
  readonly image: ListedImage;
  readonly features: SharedFeatures;
  /** Workers that it has not passed yet. */
  left: number;
}

/** The first images against each other and against all that follow. */
async function compareGroup(
  workers: readonly Worker[],
  images: readonly ListedImage[],
  group: number,
  room: number,
): Promise<IndexedDistance[]> {
  const keepers = workers.map((worker): Keeper => ({ worker, kept: [], waiting: [] }));
  const memory = Array.from({ length: ON_THEIR_WAY * workers.length }, (): Memory => undefined);
  const makersAtOnce = Math.ceil(workers.length * MAKERS);
  const found: IndexedDistance[] = [];
  let next = 0;
  let makers = 0;

  const make = async ({ worker, kept }: Keeper, image: ListedImage, keep: boolean) => {
    makers++;
    const features = await worker.features({ kind: 'features', image, keep, over: memory.pop() });
    makers--;
    if (keep) kept.push(image.index);
    const passing = { image, features, left: keepers.length };
    for (const { waiting } of keepers) waiting.push(passing);
  };
  const compare = async ({ worker, kept }: Keeper, passing: Passing) => {
    const { image, features } = passing;
    const earlier = kept.filter((index) => index < image.index);
    if (earlier.length > 0) {
      found.push(...(await worker.distances({ kind: 'passing', image, features, kept: earlier })));
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
  return found;
}
