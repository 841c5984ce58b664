/**
 * @module
 * Quantiles of many samples, such as those of all heat maps of a page that share one scale.
 */
import { at, checkNumber, invalid } from 'lpips-core';
import { checkArray, checkFloats } from './check-arguments.js';

const THINNING = 7;

/**
 * The value below which `share` of all samples lie, from every `THINNING`th of each list.
 *
 * @throws LpipsError if there are no samples, and for arguments of another kind
 */
export function quantile(samples: readonly Float32Array[], share: number): number {
  checkArray('quantile', 'samples', samples);
  for (const values of samples) checkFloats('quantile', 'samples', values);
  checkNumber('quantile', 'share', share);
  const thinned = samples.map((values) => values.filter((_, index) => index % THINNING === 0));
  const sorted = new Float32Array(thinned.reduce((sum, values) => sum + values.length, 0));
  if (sorted.length === 0) throw invalid('quantile', 'at least one', 'samples', 'none');
  let start = 0;
  for (const values of thinned) {
    sorted.set(values, start);
    start += values.length;
  }
  sorted.sort();
  return at(sorted, Math.min(sorted.length - 1, Math.floor(share * sorted.length)));
}
