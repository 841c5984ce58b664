/**
 * @module
 * Seeded numbers for tests, and how far two lists of numbers are apart.
 */
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { at, mulberry32 } from 'lpips-core';

/** Seeded uniform values in [low, high). */
export function randomValues(size: number, seed: number, low = -1, high = 1): Float32Array {
  const next = mulberry32(seed);
  // A plain loop: Float32Array.from takes seven times as long, which counts for the weights of VGG16.
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) values[i] = low + (high - low) * next();
  return values;
}

/** A seeded uniform tensor. */
export function randomTensor(
  shape: [number, number, number, number],
  seed: number,
  low = -1,
  high = 1,
): Tensor4D {
  return tensor4d(randomValues(sizeOf(shape), seed, low, high), shape);
}

/** Number of values in a tensor of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** ‖actual − expected‖ / ‖expected‖, or ‖actual‖ where all that is expected is 0; infinite if the lengths differ. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [difference, norm] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const e = at(expected, i);
    difference += (at(actual, i) - e) ** 2;
    norm += e ** 2;
  }
  return Math.sqrt(norm === 0 ? difference : difference / norm);
}
