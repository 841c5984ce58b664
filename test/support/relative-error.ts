/**
 * @module
 * How far two lists of numbers are apart, relative to one of them.
 */
import { at } from 'lpips-core';
import { expect } from 'vitest';

export function norm(values: ArrayLike<number>): number {
  return Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));
}

/** ‖actual − expected‖ / ‖expected‖ */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return norm(Array.from(expected, (value, i) => at(actual, i) - value)) / norm(expected);
}
