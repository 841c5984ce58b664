/**
 * @module
 * Distances of pairs, and among n images, with as few passes through the backbone as memory allows. The features of an image are made
 * once and compared with those that are kept. Where memory holds the features of all images, n passes are enough for
 * n(n−1)/2 pairs.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { checkImageRange, type Features, type ImageSize, type Lpips, type OnTile } from 'lpips-core';
import { compareFeatures, makeFeatures, type SizedImage, tilesHere } from './compare-images.js';
import { type LeftOutPath, openOrLeaveOut, readOrLeaveOut } from './leave-out.js';
import { takeNumber } from './take-values.js';

/** Distance of the images at two places of the list, `image` before `reference`. */
export interface IndexedDistance {
  readonly image: number;
  readonly reference: number;
  readonly distance: number;
}

/** The distances among images, without those that cannot be read. */
export interface ComparedImages {
  readonly distances: readonly IndexedDistance[];
  readonly leftOut: readonly LeftOutPath[];
}

/** The distance of a pair, or what of it cannot be read. */
export type ComparedPair = { readonly distance: number } | { readonly leftOut: readonly LeftOutPath[] };

/** Images by their place in a list. */
export interface ImageList {
  readonly count: number;
  /**
   * float32 `[1, height, width, 3]`, RGB, in [-1, 1]; every image has the same size; the caller disposes. An image that
   * cannot be read is undefined, and left out as if it were not in the list.
   */
  read(index: number): Promise<Tensor4D | undefined>;
}

/**
 * Distance of an image to its reference. The image is scaled where it has another size.
 *
 * @param onTile called after each tile of images that memory does not hold whole
 */
export async function comparePair(
  lpips: Lpips,
  image: SizedImage,
  reference: SizedImage,
  onTile?: OnTile,
): Promise<ComparedPair> {
  const tiles = tilesHere(lpips, reference.size);
  if (tiles)
    return await comparePairInTiles(lpips, image, reference, { size: reference.size, tiles, onTile });
  const leftOut: LeftOutPath[] = [];
  const y = await readOrLeaveOut(reference, reference.size, leftOut);
  const x = await readOrLeaveOut(image, reference.size, leftOut);
  try {
    if (x === undefined || y === undefined) return { leftOut };
    await checkImageRange('distance', 'reference', y);
    await checkImageRange('distance', 'image', x);
    return { distance: await takeNumber(lpips.distance(x, y, { range: [-1, 1] })) };
  } finally {
    x?.dispose();
    y?.dispose();
  }
}

/** How images are compared in tiles. */
interface InTiles {
  /** The size to which both are scaled. */
  readonly size: ImageSize;
  readonly tiles: { readonly side: number };
  /** Called after each tile of a comparison. */
  readonly onTile?: OnTile | undefined;
}

async function comparePairInTiles(
  lpips: Lpips,
  image: SizedImage,
  reference: SizedImage,
  { size, tiles, onTile }: InTiles,
): Promise<ComparedPair> {
  const leftOut: LeftOutPath[] = [];
  const y = await openOrLeaveOut(reference, size, leftOut);
  const x = await openOrLeaveOut(image, size, leftOut);
  if (x === undefined || y === undefined) return { leftOut };
  return await lpips.compareSources(x, y, { tiles, ...(onTile && { onTile }) });
}

/**
 * Every image against every later one, or against the next one that can be read: for images whose features memory does not
 * hold. Each comparison decodes and computes both.
 *
 * @param leftOut gets what cannot be read
 * @returns distances in order, of images that can be read
 */
export async function* compareAllInTiles(
  lpips: Lpips,
  images: readonly SizedImage[],
  options: InTiles & { readonly consecutive: boolean },
  leftOut: LeftOutPath[],
): AsyncGenerator<IndexedDistance> {
  const isLeftOut = ({ path }: SizedImage) => leftOut.some((other) => other.path === path);
  for (const [first, image] of images.entries()) {
    for (const [second, reference] of images.entries()) {
      if (second <= first || isLeftOut(image) || isLeftOut(reference)) continue;
      const compared = await comparePairInTiles(lpips, image, reference, options);
      if ('leftOut' in compared) {
        leftOut.push(...compared.leftOut);
        continue;
      }
      yield { image: first, reference: second, distance: compared.distance };
      if (options.consecutive) break;
    }
  }
}

/**
 * Each image against the one before it, by n passes, with the features of two images in memory.
 *
 * @returns n − 1 distances in order, of n images that can be read
 */
export async function* compareNeighbours(lpips: Lpips, images: ImageList): AsyncGenerator<IndexedDistance> {
  let previous: PlacedFeatures | undefined;
  try {
    for (let index = 0; index < images.count; index++) {
      const features = await featuresOf(lpips, images, index);
      if (features === undefined) continue;
      const before = previous;
      previous = { index, features };
      if (before === undefined) continue;
      const distance = await compareFeatures(lpips, before.features, features).finally(() =>
        before.features.dispose(),
      );
      yield { image: before.index, reference: index, distance };
    }
  } finally {
    previous?.features.dispose();
  }
}

/**
 * Every image against every later one. The features of the first k images are kept, as many as `budgetBytes` holds and
 * at least one. Those of every later image are made, compared with the kept ones and disposed. Then the next k images are
 * kept. In all there are n + (n − k) + (n − 2k) + … passes.
 *
 * @returns n(n − 1)/2 distances of n images that can be read; sort them by place
 */
export async function* compareAllPairs(
  lpips: Lpips,
  images: ImageList,
  budgetBytes: number,
): AsyncGenerator<IndexedDistance> {
  for (let start = 0; start < images.count - 1; ) {
    const block: PlacedFeatures[] = [];
    let bytes = 0;
    let end = images.count; // the first image that is not kept, where there is one
    try {
      for (let index = start; index < images.count; index++) {
        const features = await featuresOf(lpips, images, index);
        if (features === undefined) continue;
        if (end === images.count && block.length > 0 && bytes + features.bytes > budgetBytes) end = index;
        const kept = block.length;
        if (index < end) {
          block.push({ index, features });
          bytes += features.bytes;
        }
        try {
          for (const earlier of block.slice(0, kept)) {
            const distance = await compareFeatures(lpips, earlier.features, features);
            yield { image: earlier.index, reference: index, distance };
          }
        } finally {
          if (index >= end) features.dispose();
        }
      }
      start = end;
    } finally {
      for (const { features } of block) features.dispose();
    }
  }
}

/** Features and the place of their image. */
interface PlacedFeatures {
  readonly index: number;
  readonly features: Features;
}

async function featuresOf(lpips: Lpips, images: ImageList, index: number): Promise<Features | undefined> {
  const image = await images.read(index);
  return image && (await makeFeatures(lpips, image));
}
