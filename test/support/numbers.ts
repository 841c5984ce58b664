/**
 * @module
 * Seeded numbers for tests, and how far two lists of numbers are apart.
 */
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';

/** Seeded uniform numbers in [0, 1) (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Seeded uniform values in [low, high). */
export function randomValues(size: number, seed: number, low = -1, high = 1): Float32Array {
  const next = seeded(seed);
  return Float32Array.from({ length: size }, () => low + (high - low) * next());
}

/** A seeded uniform tensor. */
export function randomTensor(
  shape: [number, number, number, number],
  seed: number,
  low = -1,
  high = 1,
): Tensor4D {
  const size = shape.reduce((product, side) => product * side, 1);
  return tensor4d(randomValues(size, seed, low, high), shape);
}

/** ‖actual − expected‖ / ‖expected‖ */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [difference, norm] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const e = expected[i] ?? Number.NaN;
    difference += ((actual[i] ?? Number.NaN) - e) ** 2;
    norm += e ** 2;
  }
  return Math.sqrt(difference / norm);
}
