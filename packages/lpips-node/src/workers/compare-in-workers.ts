/**
 * @module
 * How the distances of a list of images are spread over workers. Among all pairs, every image passes the backbone once
 * as long as the threads together can keep the features of all. Each keeps a part of them; what one makes passes by
 * the others through shared memory and is compared with what they keep, so that little is copied.
 */
import type { ImagePair } from '../commands/compare-images.js';
import type { IndexedDistance } from '../commands/compare-pairs.js';
import type { MetricPool } from './metric-pool.js';
import type { SharedFeatures } from './shared-features.js';
import type { ListedImage } from './tasks.js';

/** Runs of neighbours for each worker, so that none waits long for another; each begins with one more pass. */
const RUNS_PER_WORKER = 4;
const LEAST_RUN = 16;
/** Images on their way for each thread: one that is made while another passes by. */
export const ON_THEIR_WAY = 2;

/** Who does the work; tests stand in for the threads. */
export type Workers = Pick<MetricPool, 'workers' | 'distance' | 'distances'>;
/** A worker that does one task after the other. */
export type Worker = Pick<MetricPool, 'unfinished' | 'distances' | 'features' | 'forget'>;

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

/** The first images against each other and against all that follow. */
async function compareGroup(
  workers: readonly Worker[],
  images: readonly ListedImage[],
  group: number,
  room: number,
): Promise<IndexedDistance[]> {
  const keepers = workers.map((worker) => ({ worker, kept: [] as number[] }));
  const found: Promise<readonly IndexedDistance[]>[] = [];
  const memory: Promise<SharedFeatures>[] = [];
  for (const [place, image] of images.entries()) {
    const slot = place % (ON_THEIR_WAY * workers.length);
    const over = await memory[slot];
    const keep = place < group;
    const maker = leastBusy(keepers.filter(({ kept }) => !keep || kept.length < room));
    const made = maker.worker.features({ kind: 'features', image, keep, over });
    const passes = keepers.map(async ({ worker, kept }) => {
      const earlier = [...kept]; // those that are not made yet are ahead in the worker's queue
      const features = await made;
      if (earlier.length === 0) return [];
      return worker.distances({ kind: 'passing', image, features, kept: earlier });
    });
    if (keep) maker.kept.push(image.index);
    found.push(...passes);
    memory[slot] = Promise.all(passes).then(() => made);
    // What goes wrong is told by the waits for it; until then it is not unhandled.
    for (const one of [memory[slot], ...passes]) one.catch(() => undefined);
  }
  const distances = (await Promise.all(found)).flat();
  await Promise.all(workers.map((worker) => worker.forget()));
  return distances;
}

function leastBusy<K extends { readonly worker: Worker; readonly kept: readonly number[] }>(
  keepers: readonly K[],
): K {
  return keepers.reduce((least, keeper) => {
    const less = keeper.worker.unfinished - least.worker.unfinished || keeper.kept.length - least.kept.length;
    return less < 0 ? keeper : least;
  });
}
