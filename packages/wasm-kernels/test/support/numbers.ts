/**
 * @module
 * Seeded numbers for tests, and how far two lists of numbers are apart.
 */

/** Seeded uniform values in [low, high) (mulberry32). */
export function randomValues(size: number, seed: number, low = -1, high = 1): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: size }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return low + ((high - low) * ((t ^ (t >>> 14)) >>> 0)) / 2 ** 32;
  });
}

/** Number of values in a tensor of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** ‖actual − expected‖ / ‖expected‖, and ‖actual‖ where nothing but zeros is expected. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [difference, norm] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const e = expected[i] ?? Number.NaN;
    difference += ((actual[i] ?? Number.NaN) - e) ** 2;
    norm += e ** 2;
  }
  return Math.sqrt(norm === 0 ? difference : difference / norm);
}
