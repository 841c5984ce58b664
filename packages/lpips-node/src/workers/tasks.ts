/**
 * @module
 * What a worker is asked, and how it does it. Images are named by path and read by the worker itself; features come
 * and go through shared memory.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Features, ImageSize, Lpips, LpipsOptions, WeightMap } from 'lpips-core';
import type { BackendName } from '../backends/candidates.js';
import {
  compareFeatures,
  comparePair,
  makeFeatures,
  readAtSize,
  type SizedImage,
} from '../commands/compare-images.js';
import { compareNeighbours, type IndexedDistance } from '../commands/compare-pairs.js';
import { loadFeatures, type SharedFeatures, shareFeatures } from './shared-features.js';

/** What a worker starts with. */
export interface WorkerStart {
  readonly backend: BackendName;
  readonly options: LpipsOptions;
  /** In shared memory. */
  readonly weights: WeightMap;
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

/**
 * Does a task.
 *
 * @param onCompared called after each distance
 * @throws LpipsError where an image is damaged or does not fit
 */
export async function perform(lpips: Lpips, task: Task, onCompared: () => void): Promise<Answer> {
  if (task.kind === 'features') {
    const features = await featuresOf(lpips, task.image);
    const shared = shareFeatures(features, task.over);
    features.dispose();
    return { features: shared };
  }
  if (task.kind === 'pair') {
    const distance = await comparePair(lpips, task.image, task.reference);
    onCompared();
    return { distance };
  }
  const distances: IndexedDistance[] = [];
  for await (const distance of distancesOf(lpips, task)) {
    distances.push(distance);
    onCompared();
  }
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
  lpips: Lpips,
  task: Extract<Task, { kind: 'neighbours' | 'across' }>,
): AsyncGenerator<IndexedDistance> {
  if (task.kind === 'across') {
    yield* compareAcross(lpips, task.rows, task.columns);
    return;
  }
  const { images } = task;
  const list = { count: images.length, read: (place: number) => read(at(images, place)) };
  for await (const { image, reference, distance } of compareNeighbours(lpips, list)) {
    yield { image: at(images, image).index, reference: at(images, reference).index, distance };
  }
}

/** Columns stay while the rows pass by them. An image that is both is there once. */
async function* compareAcross(
  lpips: Lpips,
  rows: readonly ListedImage[],
  columns: readonly ListedImage[],
): AsyncGenerator<IndexedDistance> {
  const kept = new Map<number, Features>();
  for (const column of columns) kept.set(column.index, await featuresOf(lpips, column));
  for (const row of rows) {
    const features = kept.get(row.index) ?? (await featuresOf(lpips, row));
    for (const [index, column] of kept) {
      if (index <= row.index) continue;
      yield { image: row.index, reference: index, distance: await compareFeatures(lpips, features, column) };
    }
    if (!kept.has(row.index)) features.dispose();
  }
  for (const features of kept.values()) features.dispose();
}

/** Features of an image: those that somebody made, or new ones. */
async function featuresOf(lpips: Lpips, image: ListedImage): Promise<Features> {
  return image.features === undefined
    ? makeFeatures(lpips, await read(image))
    : loadFeatures(lpips, image.features);
}

function read({ image, size }: ListedImage): Promise<Tensor4D> {
  return readAtSize(image, size);
}

function at<T>(items: readonly T[], place: number): T {
  const item = items[place];
  if (item === undefined) throw new RangeError(`no item ${place} of ${items.length}`);
  return item;
}
