/**
 * @module
 * How the distances of a list of images are spread over workers. Every image passes the backbone once as long as
 * shared memory holds the features of all: its worker hands them over, and who compares them copies them back, which
 * costs little against a pass.
 */
import type { ImagePair } from '../commands/compare-images.js';
import type { IndexedDistance } from '../commands/compare-pairs.js';
import type { MetricPool } from './metric-pool.js';
import type { ListedImage } from './tasks.js';

/**
 * Blocks of images for each worker. A task compares the images of two blocks: few blocks mean little to copy, many mean
 * that no worker waits long for the last.
 */
const BLOCKS_PER_WORKER = 2;
const LARGEST_BLOCK = 8;
/** Runs of neighbours for each worker, so that none waits long for another; each begins with one more pass. */
const RUNS_PER_WORKER = 4;
const LEAST_RUN = 16;

/** Who does the work; tests stand in for the threads. */
export type Workers = Pick<MetricPool, 'workers' | 'distance' | 'distances' | 'features'>;

/** Memory for the features of many images, in numbers of images. */
export interface Room {
  /** In shared memory. */
  readonly shared: number;
  /** For one task, beside those that it compares them with. */
  readonly task: number;
}

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
 * Every image against every later one. Where shared memory has no room for all, groups of images follow each other:
 * those behind a group pass the backbone once more for it.
 *
 * @returns n(n − 1)/2 distances; sort them by place
 */
export async function compareAllPairsInWorkers(
  pool: Workers,
  images: readonly ListedImage[],
  room: Room,
): Promise<IndexedDistance[]> {
  let found: readonly IndexedDistance[] = [];
  let used: readonly ListedImage[] = [];
  for (let start = 0; start < images.length - 1; start += room.shared) {
    const group = images.slice(start, start + room.shared);
    const { made, distances } = await compareGroup(pool, group, used, room);
    const passing = images.slice(start + room.shared);
    const further = passing.map((column) =>
      pool.distances({ kind: 'across', rows: made, columns: [column] }),
    );
    found = found.concat(distances, ...(await Promise.all(further)));
    used = made;
  }
  return [...found];
}

/**
 * The images of a group against each other, in blocks: while the features of one are made, those before it are
 * compared.
 *
 * @param used images of an earlier group, whose shared memory is taken over
 */
async function compareGroup(
  pool: Workers,
  group: readonly ListedImage[],
  used: readonly ListedImage[],
  room: Room,
): Promise<{ made: ListedImage[]; distances: IndexedDistance[] }> {
  const share = Math.ceil(group.length / (BLOCKS_PER_WORKER * pool.workers));
  const side = Math.max(1, Math.min(share, LARGEST_BLOCK, room.task));
  const ahead = 1 + Math.ceil(pool.workers / side);
  const blocks: Promise<ListedImage[]>[] = [];
  const found: Promise<readonly IndexedDistance[]>[] = [];
  for (let start = 0; start < group.length; start += side) {
    const index = blocks.length;
    await blocks[index - ahead];
    const block = Promise.all(
      group.slice(start, start + side).map(async (image, place) => {
        const over = used[start + place]?.features;
        return { ...image, features: await pool.features({ kind: 'features', image, over }) };
      }),
    );
    blocks.push(block);
    const compared = blocks.map((earlier) => compareBlocks(pool, earlier, block));
    found.push(...compared);
    // What goes wrong is told by the wait at the end; until then it is not unhandled.
    for (const one of [block, ...compared]) one.catch(() => undefined);
  }
  const distances = (await Promise.all(found)).flat();
  return { made: (await Promise.all(blocks)).flat(), distances };
}

async function compareBlocks(
  pool: Workers,
  earlier: Promise<ListedImage[]>,
  later: Promise<ListedImage[]>,
): Promise<readonly IndexedDistance[]> {
  const [rows, columns] = [await earlier, await later];
  return pool.distances({ kind: 'across', rows, columns });
}
