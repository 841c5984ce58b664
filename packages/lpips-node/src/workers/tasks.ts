/**
 * @module
 * The tasks of a worker, and how it does them. Images are named by path, and the worker reads them itself. Features come
 * and go through shared memory.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import {
  at,
  cannot,
  type Features,
  type ImageSize,
  type Lpips,
  type LpipsError,
  type LpipsOptions,
  type WeightMap,
} from 'lpips-core';
import type { BackendName } from '../backends/candidates.js';
import { compareFeatures, makeFeatures, type SizedImage } from '../comparing/compare-images.js';
import {
  type ComparedImages,
  type ComparedPair,
  compareNeighbours,
  comparePair,
  type IndexedDistance,
} from '../comparing/compare-pairs.js';
import { type LeftOutPath, readOrLeaveOut } from '../comparing/leave-out.js';
import { loadFeatures, type SharedFeatures, shareFeatures } from './shared-features.js';

/** What a worker starts with. */
export interface WorkerStart {
  readonly backend: BackendName;
  readonly options: LpipsOptions;
  /** In shared memory. */
  readonly weights: WeightMap;
  /** Threads on which the worker computes, on WASM. */
  readonly threads: number;
}

/** An image by its place in a list, and the size in which it is compared. */
export interface ListedImage {
  readonly index: number;
  readonly image: SizedImage;
  readonly size: ImageSize;
}

/** The metric of a worker, and what it keeps from one task to the next. */
export interface WorkerState {
  readonly lpips: Lpips;
  /** By the places of their images. */
  readonly kept: Map<number, Features>;
}

/** Work for one worker. */
export type Task =
  /** One image, scaled to its reference's size, against that reference; both through the network. */
  | { readonly kind: 'pair'; readonly image: SizedImage; readonly reference: SizedImage }
  /** Each image against the one before it. */
  | { readonly kind: 'neighbours'; readonly images: readonly ListedImage[] }
  /** Makes the features of an image in shared memory, over others that nobody needs any more. The worker may keep them. */
  | {
      readonly kind: 'features';
      readonly image: ListedImage;
      readonly keep: boolean;
      readonly over?: SharedFeatures | undefined;
    }
  /** The features of an image against those of earlier images, which the worker keeps and `kept` names by place. */
  | {
      readonly kind: 'passing';
      readonly image: ListedImage;
      readonly features: SharedFeatures;
      readonly kept: readonly number[];
    }
  /** Drops all that the worker keeps. */
  | { readonly kind: 'forget' };

/** The features of an image, or the image where it cannot be read. */
export type MadeFeatures = { readonly features: SharedFeatures } | { readonly leftOut: LeftOutPath };

/** Result of a task, or the message of its fault. `isRefusal` says whether the fault was a LpipsError. */
export type Answer =
  | { readonly pair: ComparedPair }
  | { readonly images: ComparedImages }
  | { readonly made: MadeFeatures }
  | { readonly fault: string; readonly isRefusal: boolean };

/**
 * Does a task.
 *
 * @param onCompared called after each distance
 * @throws LpipsError where images do not fit the metric or each other
 */
export async function perform(state: WorkerState, task: Task, onCompared: () => void): Promise<Answer> {
  const { lpips, kept } = state;
  const leftOut: LeftOutPath[] = [];
  if (task.kind === 'features') {
    const image = await read(task.image, leftOut);
    if (image === undefined) return { made: { leftOut: at(leftOut, 0) } };
    const features = await makeFeatures(lpips, image);
    const shared = shareFeatures(features, task.over);
    if (task.keep) kept.set(task.image.index, features);
    else features.dispose();
    return { made: { features: shared } };
  }
  if (task.kind === 'forget') {
    for (const features of kept.values()) features.dispose();
    kept.clear();
    return { images: { distances: [], leftOut } };
  }
  if (task.kind === 'pair') {
    const pair = await comparePair(lpips, task.image, task.reference);
    onCompared();
    return { pair };
  }
  const distances: IndexedDistance[] = [];
  for await (const distance of distancesOf(state, task, leftOut)) {
    distances.push(distance);
    onCompared();
  }
  return { images: { distances, leftOut } };
}

/** The file that messages name for a task. */
function fileOf(task: Task): string {
  if (task.kind === 'pair') return task.image.path;
  if (task.kind === 'neighbours') return at(task.images, 0).image.path;
  if (task.kind === 'forget') return 'all images';
  return task.image.image.path;
}

/** The error of a worker that ended, or that replaced one that ended. */
export function stopped(task: Task, reason: string): LpipsError {
  const advice = 'Run it again, with --workers 1 if memory is short.';
  return cannot('MetricPool', `compare ${fileOf(task)}`, `a worker thread stopped (${reason})`, advice);
}

async function* distancesOf(
  state: WorkerState,
  task: Extract<Task, { kind: 'neighbours' | 'passing' }>,
  leftOut: LeftOutPath[],
): AsyncGenerator<IndexedDistance> {
  if (task.kind === 'passing') {
    yield* comparePassing(state, task);
    return;
  }
  const { lpips } = state;
  const { images } = task;
  const list = { count: images.length, read: (place: number) => read(at(images, place), leftOut) };
  for await (const { image, reference, distance } of compareNeighbours(lpips, list)) {
    yield { image: at(images, image).index, reference: at(images, reference).index, distance };
  }
}

async function* comparePassing(
  { lpips, kept }: WorkerState,
  task: Extract<Task, { kind: 'passing' }>,
): AsyncGenerator<IndexedDistance> {
  const { index } = task.image;
  const own = kept.get(index);
  const passing = own ?? loadFeatures(lpips, task.features);
  for (const earlier of task.kept) {
    const features = kept.get(earlier);
    if (features === undefined) throw stopped(task, 'another one replaced it');
    const distance = await compareFeatures(lpips, features, passing);
    yield { image: earlier, reference: index, distance };
  }
  if (own === undefined) passing.dispose();
}

function read({ image, size }: ListedImage, leftOut: LeftOutPath[]): Promise<Tensor4D | undefined> {
  return readOrLeaveOut(image, size, leftOut);
}
