/**
 * @module
 * Confidence intervals by bootstrap (Efron 1979): the data are drawn again with replacement, many times over, and the
 * interval holds the middle 95 % of the scores. All metrics see the same draws, so that the interval of a difference
 * between two of them may be had from the differences of their scores draw by draw.
 */
import { seededRandom } from 'lpips-pictures';

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

/** What the draws begin with unless a seed is given. */
export const DEFAULT_SEED = 1;

const DEFAULT_DRAWS = 1000;
const TAIL = 0.025;

/**
 * Scores of resampled data.
 *
 * @param size number of items
 * @param scores any number of scores of those items, all of which see the same draws
 * @returns one list of `draws` scores for each
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
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    scores.forEach((score, index) => {
      const result = results[index];
      if (result) result[draw] = score(counts);
    });
  }
  return results;
}

/** The mean of `values` as a counted score. */
export function countedMean(values: Float64Array): CountedScore {
  return (counts) => {
    let sum = 0;
    for (let index = 0; index < values.length; index++) sum += (counts[index] ?? 0) * (values[index] ?? 0);
    return sum / values.length;
  };
}

/** The score with the middle 95 % of its draws; draws in which the score is undefined (NaN) are left out. */
export function estimate(score: number, drawn: Float64Array): Estimate {
  const sorted = drawn.filter((value) => !Number.isNaN(value)).sort();
  return { score, low: quantileOf(sorted, TAIL), high: quantileOf(sorted, 1 - TAIL) };
}

/** Quantile of sorted values, linear between them; NaN of nothing. */
function quantileOf(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  return below + (at % 1) * ((sorted[Math.ceil(at)] ?? Number.NaN) - below);
}
