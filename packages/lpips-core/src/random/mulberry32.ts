/**
 * @module
 * The seeded generator of this project: mulberry32 (Tommy Ettinger, 2017), 32 bits of state. The same seed gives the
 * same numbers on every machine.
 */

import { checkNumber } from '../check-options.js';

/**
 * Makes a source of uniform numbers in [0, 1), all of them multiples of 2^-32.
 *
 * @param seed a whole number, of which the lowest 32 bits count
 * @throws LpipsError for anything else
 */
export function mulberry32(seed: number): () => number {
  checkNumber('mulberry32', 'seed', seed, { least: Number.NEGATIVE_INFINITY, isWhole: true });
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
