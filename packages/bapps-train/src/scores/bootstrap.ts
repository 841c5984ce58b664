/**
 * @module
 * Confidence intervals by bootstrap (Efron 1979): the data are drawn again with replacement many times, and the
 * interval holds the middle 95 % of the scores. All metrics see the same draws, so that the differences of two scores,
 * draw by draw, give the interval of the difference. What is drawn are items, or clusters of items that depend on each other,
 * such as all triplets of one reference: intervals that ignore this are too narrow.
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

/** Scores of one column of a table, which are drawn together with those of others. */
export interface DrawnColumn<Prepared> {
  /** What the scores are functions of, from how often each unit is drawn; called once for each draw. */
  readonly prepare: (counts: Uint16Array) => Prepared;
  readonly scores: readonly ((prepared: Prepared) => number)[];
}

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
  options: BootstrapOptions = {},
): Float64Array[] {
  return at(drawTogether(size, [{ prepare: (counts) => counts, scores }], options), 0);
}

/**
 * Scores of resampled data in several columns, which all see the same draws.
 *
 * @param size number of units that are drawn
 * @returns `[column][score]`, a list of its value in every draw
 */
export function drawTogether<Prepared>(
  size: number,
  columns: readonly DrawnColumn<Prepared>[],
  { draws = DEFAULT_DRAWS, seed = DEFAULT_SEED }: BootstrapOptions = {},
): Float64Array[][] {
  const random = seededRandom(seed);
  const results = columns.map(({ scores }) => scores.map(() => new Float64Array(draws)));
  const counts = new Uint16Array(size);
  for (let draw = 0; draw < draws; draw++) {
    counts.fill(0);
    for (let unit = 0; unit < size; unit++) {
      const drawn = Math.floor(random.uniform() * size);
      counts[drawn] = uint16At(counts, drawn) + 1;
    }
    for (const [column, { prepare, scores }] of columns.entries()) {
      const prepared = prepare(counts);
      for (const [index, score] of scores.entries()) at(at(results, column), index)[draw] = score(prepared);
    }
  }
  return results;
}

/** The mean of `values` as a counted score. What is NaN does not count; NaN where nothing does. */
export function countedMean(values: Float64Array): CountedScore {
  return (counts) => {
    const [timesAt, valueAt] = [uint16At, float64At];
    let [sum, total] = [0, 0];
    for (let index = 0; index < values.length; index++) {
      const [times, value] = [timesAt(counts, index), valueAt(values, index)];
      if (Number.isNaN(value)) continue;
      sum += times * value;
      total += times;
    }
    return sum / total;
  };
}

/** A difference, its interval, and how often the draws do not bear it out. */
export interface Difference extends Estimate {
  /** Share of the draws in which it is 0 or has the other sign; 1 where it is 0 itself. */
  readonly reversed: number;
}

/** The difference of two scores, from the draws of both. */
export function estimateDifference(a: number, b: number, ofA: Float64Array, ofB: Float64Array): Difference {
  const score = a - b;
  const drawn = ofA.map((value, draw) => value - float64At(ofB, draw));
  const known = drawn.filter((value) => !Number.isNaN(value));
  const reversed = known.filter((value) => Math.sign(value) !== Math.sign(score) || score === 0).length;
  return { ...estimate(score, drawn), reversed: reversed / known.length };
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
