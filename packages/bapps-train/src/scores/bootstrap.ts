/**
 * @module
 * Confidence intervals by bootstrap (Efron 1979): the data are drawn again with replacement many times, and the
 * interval holds the middle 95 % of the scores. All metrics see the same draws, so that the differences of two scores,
 * draw by draw, give the interval of the difference.
 */
import { at } from 'lpips-core';
import { seededRandom } from 'lpips-pictures';
import { float64At, uint16At } from '../typed-reads.js';

/** How the draws are made. */
export interface BootstrapOptions {
  /** Number of draws, 1000 by default. */
  readonly draws?: number;
  /** Default `DEFAULT_SEED`. */
  readonly seed?: number;
}

/** A score and the interval that holds it with 95 % confidence. */
export interface Estimate {
  readonly score: number;
  readonly low: number;
  readonly high: number;
}

/** A score as a function of how often each item is counted. */
export type CountedScore = (counts: Uint16Array) => number;

/** The default seed of the draws. */
export const DEFAULT_SEED = 1;

const DEFAULT_DRAWS = 1000;
const TAIL = 0.025;

/**
 * Scores of resampled data.
 *
 * @param size number of items
 * @param scores any number of scores of these items, which all see the same draws
 * @returns for each score, a list of its value in every draw
 */
export function drawScores(
  size: number,
  scores: readonly CountedScore[],
  { draws = DEFAULT_DRAWS, seed = DEFAULT_SEED }: BootstrapOptions = {},
): Float64Array[] {
  const random = seededRandom(seed);
  const results = scores.map(() => new Float64Array(draws));
  const counts = new Uint16Array(size);
  for (let draw = 0; draw < draws; draw++) {
    counts.fill(0);
    for (let item = 0; item < size; item++) {
      const drawn = Math.floor(random.uniform() * size);
      counts[drawn] = uint16At(counts, drawn) + 1;
    }
    for (const [index, score] of scores.entries()) at(results, index)[draw] = score(counts);
  }
  return results;
}

/** The mean of `values` as a counted score. */
export function countedMean(values: Float64Array): CountedScore {
  return (counts) => {
    const [timesAt, valueAt] = [uint16At, float64At];
    let sum = 0;
    for (let index = 0; index < values.length; index++)
      sum += timesAt(counts, index) * valueAt(values, index);
    return sum / values.length;
  };
}

/** The score with the middle 95 % of its draws; draws in which the score is undefined (NaN) are left out. */
export function estimate(score: number, drawn: Float64Array): Estimate {
  const sorted = drawn.filter((value) => !Number.isNaN(value)).sort();
  return { score, low: quantileOf(sorted, TAIL), high: quantileOf(sorted, 1 - TAIL) };
}

/** Quantile of sorted values, linear between them; NaN of nothing. */
export function quantileOf(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const place = share * (sorted.length - 1);
  const below = at(sorted, Math.floor(place));
  return below + (place % 1) * (at(sorted, Math.ceil(place)) - below);
}
