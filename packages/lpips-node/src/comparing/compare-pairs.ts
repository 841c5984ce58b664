/**
 * @module
 * Distances among n images, with as few passes through the backbone as memory allows. The features of an image are made
 * once and compared with those that are kept. Where memory holds the features of all images, n passes are enough for
 * n(n−1)/2 pairs.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Features, Lpips } from 'lpips-core';
import { compareFeatures, makeFeatures } from './compare-images.js';

/** Distance of the images at two places of the list, `image` before `reference`. */
export interface IndexedDistance {
  readonly image: number;
  readonly reference: number;
  readonly distance: number;
}

/** Images by their place in a list. */
export interface ImageList {
  readonly count: number;
  /** float32 `[1, height, width, 3]`, RGB, in [-1, 1]; every image has the same size; the caller disposes. */
  read(index: number): Promise<Tensor4D>;
}

/**
 * Each image against the one before it, by n passes, with the features of two images in memory.
 *
 * @returns n − 1 distances in order
 */
export async function* compareNeighbours(lpips: Lpips, images: ImageList): AsyncGenerator<IndexedDistance> {
  let previous: Features | undefined;
  try {
    for (let index = 0; index < images.count; index++) {
      const features = await featuresOf(lpips, images, index);
      const before = previous;
      previous = features;
      if (before === undefined) continue;
      const distance = await compareFeatures(lpips, before, features).finally(() => before.dispose());
      yield { image: index - 1, reference: index, distance };
    }
  } finally {
    previous?.dispose();
  }
}

/**
 * Every image against every later one. The features of the first k images are kept, as many as `budgetBytes` holds and
 * at least one. Those of every later image are made, compared with the kept ones and disposed. Then the next k images are
 * kept. In all there are n + (n − k) + (n − 2k) + … passes.
 *
 * @returns n(n − 1)/2 distances; sort them by place
 */
export async function* compareAllPairs(
  lpips: Lpips,
  images: ImageList,
  budgetBytes: number,
): AsyncGenerator<IndexedDistance> {
  for (let start = 0; start < images.count - 1; ) {
    const block: Features[] = [];
    let bytes = 0;
    let isFull = false;
    try {
      for (let index = start; index < images.count; index++) {
        const features = await featuresOf(lpips, images, index);
        isFull ||= block.length > 0 && bytes + features.bytes > budgetBytes;
        const kept = block.length;
        if (!isFull) {
          block.push(features);
          bytes += features.bytes;
        }
        try {
          for (const [offset, earlier] of block.slice(0, kept).entries()) {
            const distance = await compareFeatures(lpips, earlier, features);
            yield { image: start + offset, reference: index, distance };
          }
        } finally {
          if (isFull) features.dispose();
        }
      }
      start += block.length;
    } finally {
      for (const features of block) features.dispose();
    }
  }
}

async function featuresOf(lpips: Lpips, images: ImageList, index: number): Promise<Features> {
  return makeFeatures(lpips, await images.read(index));
}
