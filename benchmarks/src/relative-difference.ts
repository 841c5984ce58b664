/**
 * @module
 * How far two lists of numbers are apart: ‖a − b‖ / ‖b‖.
 */
import { at } from 'lpips-core';

/** @throws RangeError for lists of different lengths */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) {
    throw new RangeError(`relativeDifference: expected ${b.length} numbers for a, got ${a.length}.`);
  }
  const reference = Float64Array.from(b);
  const differences = Float64Array.from(a).map((value, index) => value - at(reference, index));
  return norm(differences) / norm(reference);
}

function norm(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
}
