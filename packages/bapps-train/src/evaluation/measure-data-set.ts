/**
 * @module
 * Distances of every contender and baseline over a data set: one pass of each backbone per image, since the features
 * of a reference serve both of its copies, and all heads weigh the same pooled differences.
 */
import { dispose, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Features } from 'lpips-core';
import type { Pair, Triplet } from '../data-set/layout.js';
import type { DistortionFolder } from '../data-set/scan-data-set.js';
import type { Raster } from '../pictures/raster.js';
import {
  BASELINES,
  type LabImage,
  labDissimilarity,
  labSquaredDistance,
  toLab,
} from '../scores/image-baselines.js';
import type { JudgedDistortion, NoticedDistortion } from '../scores/score-table.js';
import { contenderNames, type Trunk } from './contenders.js';
import { type PatchBatch, type PathsOf, readPatches } from './read-patches.js';

/** How a data set is measured. */
export interface MeasureOptions {
  /** Whether L2 and SSIM are measured too. Default `true`. */
  readonly baselines?: boolean;
  /** Triplets or pairs that pass the backbone at once. Default 25. */
  readonly batch?: number;
  /** Called with the number of triplets or pairs that are done. */
  readonly onProgress?: (done: number) => void;
}

const DEFAULT_BATCH = 25;

/**
 * Distances of p0 and p1 to their references.
 *
 * @param trunks on the current backend; not disposed
 * @throws LpipsError where an image cannot be read, is too small for a net, or has another size than its partners
 */
export async function measureTriplets(
  folders: readonly DistortionFolder<Triplet>[],
  trunks: readonly Trunk[],
  options: MeasureOptions = {},
): Promise<JudgedDistortion[]> {
  const measured = await measure(folders, trunks, options, {
    pathsOf: ({ ref, p0, p1 }: Triplet) => [ref, p0, p1],
    compared: [
      [1, 0],
      [2, 0],
    ],
  });
  return measured.map(({ distortion, items, distances }) => ({
    distortion,
    judge: items.map(({ judge }) => judge),
    distances: new Map(
      distances.map(({ name, lists: [d0 = EMPTY, d1 = EMPTY] }) => [name, { d0, d1 }] as const),
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
  const measured = await measure(folders, trunks, options, {
    pathsOf: ({ p0, p1 }: Pair) => [p0, p1],
    compared: [[0, 1]],
  });
  return measured.map(({ distortion, items, distances }) => ({
    distortion,
    same: items.map(({ same }) => same),
    distances: new Map(distances.map(({ name, lists: [only = EMPTY] }) => [name, only] as const)),
  }));
}

const EMPTY = new Float64Array();

/** Which images an item has, and which of them are compared: the second of each two is made into features once. */
interface Comparison<Item> {
  readonly pathsOf: PathsOf<Item>;
  readonly compared: readonly (readonly [image: number, reference: number])[];
}

interface Measured<Item> {
  readonly distortion: string;
  readonly items: readonly Item[];
  /** for each name, one list of distances for each comparison */
  readonly distances: readonly { readonly name: string; readonly lists: readonly Float64Array[] }[];
}

async function measure<Item>(
  folders: readonly DistortionFolder<Item>[],
  trunks: readonly Trunk[],
  { baselines = true, batch = DEFAULT_BATCH, onProgress = () => undefined }: MeasureOptions,
  { pathsOf, compared }: Comparison<Item>,
): Promise<Measured<Item>[]> {
  const results: Measured<Item>[] = [];
  const names = [...contenderNames(trunks), ...(baselines ? BASELINES : [])];
  let done = 0;
  for (const { distortion, items } of folders) {
    const distances = names.map((name) => ({
      name,
      lists: compared.map(() => new Float64Array(items.length)),
    }));
    for await (const patches of readPatches(items, pathsOf, { batch, withRasters: baselines })) {
      const columns: Float64Array[][] = [];
      try {
        for (const trunk of trunks)
          columns.push(...(await distancesOfTrunk(trunk, patches.tensors, compared)));
      } finally {
        dispose([...patches.tensors]);
      }
      if (baselines) columns.push(...baselineDistances(patches, compared));
      for (const [row, lists] of columns.entries()) {
        for (const [index, list] of lists.entries()) distances[row]?.lists[index]?.set(list, patches.start);
      }
      done += patches.count;
      onProgress(done);
    }
    results.push({ distortion, items, distances });
  }
  return results;
}

/** `[contender][comparison]`, one distance for each item. */
async function distancesOfTrunk(
  { lpips, contenders }: Trunk,
  images: readonly Tensor4D[],
  compared: Comparison<unknown>['compared'],
): Promise<Float64Array[][]> {
  const features = new Map<number, Features>();
  try {
    const columns: Float64Array[][] = contenders.map(() => []);
    for (const [image, reference] of compared) {
      const target = features.get(reference) ?? lpips.features(at(images, reference));
      features.set(reference, target);
      const { means, variances } = lpips.pooledDifferences(at(images, image), target);
      const pooled = await means.data<'float32'>();
      const [rows] = means.shape;
      dispose([means, variances]);
      for (const [row, { heads }] of contenders.entries()) columns[row]?.push(heads.distances(pooled, rows));
    }
    return columns;
  } finally {
    for (const kept of features.values()) kept.dispose();
  }
}

/** `[baseline][comparison]`, one distance for each item. */
function baselineDistances(
  { rasters, count }: PatchBatch,
  compared: Comparison<unknown>['compared'],
): Float64Array[][] {
  const lab = rasters.map((some) => some.map((raster: Raster) => toLab(raster)));
  const measures: Record<(typeof BASELINES)[number], (image: LabImage, reference: LabImage) => number> = {
    L2: labSquaredDistance,
    SSIM: labDissimilarity,
  };
  return BASELINES.map((name) =>
    compared.map(([image, reference]) =>
      Float64Array.from({ length: count }, (_, item) =>
        measures[name](at(at(lab, image), item), at(at(lab, reference), item)),
      ),
    ),
  );
}

function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new RangeError(`no item ${index} of ${list.length}`);
  return value;
}
