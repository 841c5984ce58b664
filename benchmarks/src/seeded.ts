/**
 * @module
 * Seeded numbers, weights and images: speed does not depend on what the weights have learned.
 */
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs';
import type { Weight } from 'lpips-core';

/** Seeded uniform numbers in [low, high) (mulberry32). */
function seededValues(size: number, seed: number, low: number, high: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: size }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return low + ((high - low) * ((t ^ (t >>> 14)) >>> 0)) / 2 ** 32;
  });
}

/** Seeded images in [-1, 1], float32 `[batch, side, side, 3]`. */
export function seededImages(batch: number, side: number, seed: number): Tensor4D {
  return tensor4d(seededValues(batch * side * side * 3, seed, -1, 1), [batch, side, side, 3]);
}

/** Rows of VGG16: torchvision's index and output channels of each convolution, `'tap'` behind the compared ones. */
export const VGG16_ROWS = [
  [[0, 64], [2, 64], 'tap', 'pool'],
  [[5, 128], [7, 128], 'tap', 'pool'],
  [[10, 256], [12, 256], [14, 256], 'tap', 'pool'],
  [[17, 512], [19, 512], [21, 512], 'tap', 'pool'],
  [[24, 512], [26, 512], [28, 512], 'tap'],
].flat() as ([index: number, out: number] | 'tap' | 'pool')[];

/** Seeded weights of VGG16 with heads, under their official names. */
export function seededVgg16(): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  let channels = 3;
  let heads = 0;
  for (const row of VGG16_ROWS) {
    if (row === 'pool') continue;
    if (row === 'tap') {
      const data = seededValues(channels, 900 + heads, 0, 1);
      weights.set(`lin${heads++}.model.1.weight`, { shape: [1, channels, 1, 1], data });
      continue;
    }
    const [index, out] = row;
    const bound = Math.sqrt(6 / (9 * channels));
    const data = seededValues(out * channels * 9, index, -bound, bound);
    weights.set(`features.${index}.weight`, { shape: [out, channels, 3, 3], data });
    weights.set(`features.${index}.bias`, { shape: [out], data: seededValues(out, 500 + index, -0.1, 0.1) });
    channels = out;
  }
  return weights;
}
