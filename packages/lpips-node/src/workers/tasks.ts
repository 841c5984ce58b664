/**
 * @module
 * What a worker is asked, and how it does it. Images are named by path and read by the worker itself; features come
 * and go through shared memory.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Features, Lpips, LpipsOptions, WeightMap } from 'lpips-core';
import type { BackendName } from '../backends/candidates.js';
import {
  compareFeatures,
  comparePair,
  makeFeatures,
  readAtSize,
  type SizedImage,
} from '../commands/compare-images.js';
import { compareNeighbours, type IndexedDistance } from '../commands/compare-pairs.js';
import type { ImageSize } from '../images/read-image.js';
import type { FeatureCache } from './feature-cache.js';
import { loadFeatures, type SharedFeatures, shareFeatures } from './shared-features.js';

/** What a worker starts with. */
export interface WorkerStart {
  readonly backend: BackendName;
  readonly options: LpipsOptions;
  /** In shared memory. */
  readonly weights: WeightMap;
  /** Bytes of features that each worker may keep between tasks. */
  readonly cacheBytes: number;
}

/** An image by its place in a list, and the size in which it is compared. */
export interface ListedImage {
  readonly index: number;
  readonly image: SizedImage;
  readonly size: ImageSize;
  /** Where somebody has made them already. */
  readonly features?: SharedFeatures;
}

/** Work for one worker. */
export type Task =
  /** One image, scaled to its reference's size, against that reference; both through the network. */
  | { readonly kind: 'pair'; readonly image: SizedImage; readonly reference: SizedImage }
  /** Each image against the one before it. */
  | { readonly kind: 'neighbours'; readonly images: readonly ListedImage[] }
  /** The features of an image into shared memory, over those that are no longer needed. */
  | { readonly kind: 'features'; readonly image: ListedImage; readonly over?: SharedFeatures | undefined }
  /** Every row against every column that stands later in the list. */
  | {
      readonly kind: 'across';
      readonly rows: readonly ListedImage[];
      readonly columns: readonly ListedImage[];
    };

/** Result of a task, or the message of what went wrong in it; `isRefusal` where that is a LpipsError. */
export type Answer =
  | { readonly distance: number }
  | { readonly distances: readonly IndexedDistance[] }
  | { readonly features: SharedFeatures }
  | { readonly fault: string; readonly isRefusal: boolean };

/** The metric of one worker, with what it keeps. */
export interface WorkerMetric {
  readonly lpips: Lpips;
  readonly cache: FeatureCache;
}

/**
 * Does a task.
 *
 * @param onCompared called after each distance
 * @throws LpipsError where an image is damaged or does not fit
 */
export async function perform(metric: WorkerMetric, task: Task, onCompared: () => void): Promise<Answer> {
  const { cache } = metric;
  if (task.kind === 'features') {
    const shared = shareFeatures(await featuresOf(metric, task.image), task.over);
    cache.trim();
    return { features: shared };
  }
  if (task.kind === 'pair') {
    const distance = await comparePair(metric.lpips, task.image, task.reference);
    onCompared();
    return { distance };
  }
  const distances: IndexedDistance[] = [];
  for await (const distance of distancesOf(metric, task)) {
    distances.push(distance);
    onCompared();
  }
  cache.trim();
  return { distances };
}

/** The file whose name tells best what a task was about. */
export function fileOf(task: Task): string {
  if (task.kind === 'pair') return task.image.path;
  if (task.kind === 'features') return task.image.image.path;
  const [first] = task.kind === 'neighbours' ? task.images : task.columns;
  return first?.image.path ?? '';
}

async function* distancesOf(
  metric: WorkerMetric,
  task: Extract<Task, { kind: 'neighbours' | 'across' }>,
): AsyncGenerator<IndexedDistance> {
  const { lpips } = metric;
  if (task.kind === 'across') {
    yield* compareAcross(metric, task.rows, task.columns);
    return;
  }
  const { images } = task;
  const list = { count: images.length, read: (place: number) => read(at(images, place)) };
  for await (const { image, reference, distance } of compareNeighbours(lpips, list)) {
    yield { image: at(images, image).index, reference: at(images, reference).index, distance };
  }
}

/** Columns stay while the rows pass by them. */
async function* compareAcross(
  metric: WorkerMetric,
  rows: readonly ListedImage[],
  columns: readonly ListedImage[],
): AsyncGenerator<IndexedDistance> {
  const { lpips, cache } = metric;
  const kept: Features[] = [];
  for (const column of columns) {
    kept.push(await featuresOf(metric, column));
    cache.trim(kept);
  }
  for (const row of rows) {
    const features = await featuresOf(metric, row);
    cache.trim([...kept, features]);
    for (const [place, column] of columns.entries()) {
      if (column.index <= row.index) continue;
      const distance = await compareFeatures(lpips, features, at(kept, place));
      yield { image: row.index, reference: column.index, distance };
    }
  }
}

/** Features of an image: those at hand, those that somebody made, or new ones. The cache disposes them. */
async function featuresOf({ lpips, cache }: WorkerMetric, item: ListedImage): Promise<Features> {
  const { index, features } = item;
  const atHand = cache.find(index);
  if (atHand !== undefined) return atHand;
  return cache.add(index, features === undefined ? await passed(lpips, item) : loadFeatures(lpips, features));
}

async function passed(lpips: Lpips, item: ListedImage): Promise<Features> {
  return makeFeatures(lpips, await read(item));
}

function read({ image, size }: ListedImage): Promise<Tensor4D> {
  return readAtSize(image, size);
}

function at<T>(items: readonly T[], place: number): T {
  const item = items[place];
  if (item === undefined) throw new RangeError(`no item ${place} of ${items.length}`);
  return item;
}
