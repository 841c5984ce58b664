/**
 * @module
 * Distances of every contender and baseline over a data set. Each backbone runs once per image, since the features of a
 * reference serve both of its copies, and all heads weigh the same pooled differences.
 */
import { dispose, slice, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { at } from 'lpips-core';
import type { Pair, Triplet } from '../data-set/layout.js';
import type { DistortionFolder } from '../data-set/scan-data-set.js';
import { type DecodeOptions, decodeAhead } from '../extraction/decode-ahead.js';
import { referenceOf } from '../extraction/digest-items.js';
import { ITEMS_PER_BATCH, OFFICIAL_SIZE } from '../extraction/extraction-shards.js';
import { pathsByRole } from '../extraction/list-items.js';
import {
  BASELINES,
  type Baseline,
  type LabImage,
  labDissimilarity,
  labSquaredDistance,
  toLab,
} from '../scores/image-baselines.js';
import type { JudgedDistortion, NoticedDistortion } from '../scores/score-table.js';
import { contenderNames, type Trunk } from './contenders.js';

/** How a data set is measured. */
export interface MeasureOptions {
  /** Whether L2 and SSIM are measured too. Default `true`. */
  readonly baselines?: boolean;
  /** Height and width at which images pass the network; others are scaled, as in the official loader. Default 64. */
  readonly size?: number;
  /** Threads that decode. */
  readonly decode?: Pick<DecodeOptions, 'threads' | 'thread'>;
  /** Whether it is told which items show the same reference. Default `false`: every reference is read once more for it. */
  readonly references?: boolean;
  /** Called with the side of the first image that was scaled. */
  readonly onScaled?: (side: number) => void;
  /** Called with the number of triplets or pairs that have been measured. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Distances of p0 and p1 to their references.
 *
 * @param trunks on the current backend; not disposed
 * @throws LpipsError if an image cannot be read
 */
export async function measureTriplets(
  folders: readonly DistortionFolder<Triplet>[],
  trunks: readonly Trunk[],
  options: MeasureOptions = {},
): Promise<JudgedDistortion[]> {
  const measured = await measure(folders, trunks, options, 2);
  return measured.map(({ distortion, items, distances }) => ({
    distortion,
    judge: items.map(({ judge }) => judge),
    ...(options.references === true && { references: items.map(referenceOf) }),
    distances: new Map(
      distances.map(({ name, lists }) => [name, { d0: at(lists, 0), d1: at(lists, 1) }] as const),
    ),
  }));
}

/**
 * Distances between the two images of every pair.
 *
 * @throws LpipsError as `measureTriplets`
 */
export async function measurePairs(
  folders: readonly DistortionFolder<Pair>[],
  trunks: readonly Trunk[],
  options: MeasureOptions = {},
): Promise<NoticedDistortion[]> {
  const measured = await measure(folders, trunks, options, 1);
  return measured.map(({ distortion, items, distances }) => ({
    distortion,
    same: items.map(({ same }) => same),
    ...(options.references === true && { references: items.map(referenceOf) }),
    distances: new Map(distances.map(({ name, lists }) => [name, at(lists, 0)] as const)),
  }));
}

/** Items in a batch if no net limits it. */
const MOST_ITEMS = 100;

const MEASURES: Readonly<Record<Baseline, (image: LabImage, reference: LabImage) => number>> = {
  L2: labSquaredDistance,
  SSIM: labDissimilarity,
};

interface Measured<Item> {
  readonly distortion: string;
  readonly items: readonly Item[];
  /** For each name, one list of distances for each copy. */
  readonly distances: readonly { readonly name: string; readonly lists: readonly Float64Array[] }[];
}

interface Batch {
  /** Index of the distortion, and of the first of its items. */
  readonly folder: number;
  readonly start: number;
  readonly count: number;
  readonly paths: readonly string[]; // all first images, then all second ones, then all third ones
}

/** Compares the first image of each item with its `copies` other ones. */
async function measure<Item extends Triplet | Pair>(
  folders: readonly DistortionFolder<Item>[],
  trunks: readonly Trunk[],
  {
    baselines = true,
    size = OFFICIAL_SIZE,
    decode = {},
    onScaled,
    onProgress = () => undefined,
  }: MeasureOptions,
  copies: number,
): Promise<Measured<Item>[]> {
  const perBatch = Math.min(MOST_ITEMS, ...trunks.map(({ lpips }) => ITEMS_PER_BATCH[lpips.net]));
  const names = [...contenderNames(trunks), ...(baselines ? BASELINES : [])];
  const measured = folders.map(({ distortion, items }): Measured<Item> => {
    const lists = () => Array.from({ length: copies }, () => new Float64Array(items.length));
    return { distortion, items, distances: names.map((name) => ({ name, lists: lists() })) };
  });
  let done = 0;
  const options = { ...decode, size, images: (copies + 1) * perBatch, ...(onScaled && { onScaled }) };
  for await (const { batch, pixels } of decodeAhead(batchesOf(folders, perBatch), options)) {
    const columns = await distancesOfBatch(pixels, { size, count: batch.count, copies, trunks, baselines });
    for (const [row, lists] of columns.entries()) {
      const into = at(at(measured, batch.folder).distances, row).lists;
      for (const [copy, list] of lists.entries()) at(into, copy).set(list, batch.start);
    }
    done += batch.count;
    onProgress(done);
  }
  return measured;
}

function* batchesOf(
  folders: readonly DistortionFolder<Triplet | Pair>[],
  perBatch: number,
): Generator<Batch> {
  for (const [folder, { items }] of folders.entries()) {
    for (let start = 0; start < items.length; start += perBatch) {
      const images = items.slice(start, start + perBatch);
      yield { folder, start, count: images.length, paths: pathsByRole(images) };
    }
  }
}

interface BatchOptions {
  readonly size: number;
  readonly count: number;
  readonly copies: number;
  readonly trunks: readonly Trunk[];
  readonly baselines: boolean;
}

/** `[name][copy]`, one distance for each item. */
async function distancesOfBatch(pixels: Float32Array, options: BatchOptions): Promise<Float64Array[][]> {
  const { size, count, copies, trunks, baselines } = options;
  const columns: Float64Array[][] = [];
  // A copy of the pixels: backends do not take memory that threads share.
  const roles = tidy(() => {
    const images = tensor4d(Float32Array.from(pixels), [(copies + 1) * count, size, size, 3]);
    return Array.from(
      { length: copies + 1 },
      (_, role): Tensor4D => slice(images, [role * count, 0, 0, 0], [count, size, size, 3]),
    );
  });
  try {
    for (const trunk of trunks) columns.push(...(await distancesOfTrunk(trunk, roles)));
  } finally {
    dispose(roles);
  }
  if (baselines) columns.push(...baselineDistances(pixels, options));
  return columns;
}

/** `[contender][copy]`, one distance for each item; the first role is the reference. */
async function distancesOfTrunk(
  { lpips, contenders }: Trunk,
  roles: readonly Tensor4D[],
): Promise<Float64Array[][]> {
  const columns: Float64Array[][] = contenders.map(() => []);
  const target = lpips.features(at(roles, 0));
  try {
    for (const copy of roles.slice(1)) {
      const means = tidy(() => lpips.pooledDifferences(copy, target).means);
      const [rows] = means.shape;
      const pooled = await means.data<'float32'>().finally(() => means.dispose());
      for (const [row, { heads }] of contenders.entries())
        at(columns, row).push(heads.distances(pooled, rows));
    }
    return columns;
  } finally {
    target.dispose();
  }
}

/** `[baseline][copy]`, one distance for each item. */
function baselineDistances(pixels: Float32Array, { size, count, copies }: BatchOptions): Float64Array[][] {
  const each = size * size * 3;
  const lab = (role: number, item: number): LabImage => {
    const start = (role * count + item) * each;
    const data = pixels.slice(start, start + each).map((value) => (value + 1) / 2);
    return toLab({ width: size, height: size, data });
  };
  const columns = BASELINES.map(() => Array.from({ length: copies }, () => new Float64Array(count)));
  for (let item = 0; item < count; item++) {
    const reference = lab(0, item);
    for (let copy = 0; copy < copies; copy++) {
      const image = lab(copy + 1, item);
      for (const [row, name] of BASELINES.entries()) {
        at(at(columns, row), copy)[item] = MEASURES[name](image, reference);
      }
    }
  }
  return columns;
}
