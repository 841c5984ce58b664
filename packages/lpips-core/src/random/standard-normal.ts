/**
 * @module
 * Normal numbers from uniform ones, by Box and Muller (1958): √(−2 ln u₁) · cos 2π u₂.
 */
import { kindOf } from '../check-options.js';
import { invalid } from '../errors.js';

/**
 * Makes a source of standard normal numbers, each of which takes two uniform ones.
 *
 * @param uniform a source of numbers in [0, 1), such as that of `mulberry32`
 * @throws LpipsError unless it is a function
 */
export function standardNormal(uniform: () => number): () => number {
  if (typeof uniform !== 'function') {
    throw invalid('standardNormal', 'a function', 'uniform', kindOf(uniform), 'mulberry32 gives one.');
  }
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
