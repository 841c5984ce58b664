/**
 * @module
 * Random patches of photographs as the batch of a network.
 */
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { checkSide } from './check-arguments.js';
import type { RgbPixels } from './image-pixels.js';
import { seededRandom } from './random.js';
import { randomCrop, SIDE } from './random-crop.js';

/** Seeded crops at random scales, float32 `[count, 64, 64, 3]`, RGB, in [-1, 1]; the caller disposes. */
export function drawPatches(photographs: readonly RgbPixels[], seed: number, count: number): Tensor4D {
  checkSide('drawPatches', 'count', count);
  const random = seededRandom(seed);
  const values = new Float32Array(count * SIDE * SIDE * 3);
  for (let index = 0; index < count; index++) {
    const { data } = randomCrop(photographs, random);
    values.set(
      data.map((value) => value * 2 - 1),
      index * data.length,
    );
  }
  return tensor4d(values, [count, SIDE, SIDE, 3]);
}
