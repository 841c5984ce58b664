/**
 * @module
 * How far two metrics agree on triplets of a reference and two copies: Spearman's rank correlation of all distances,
 * and how often both find the same copy nearer.
 */
import { at, invalid } from 'lpips-core';
import { float32At, float64At } from '../typed-reads.js';

/** Agreement of two metrics. */
export interface Agreement {
  /** Spearman's ρ of all distances, in [-1, 1]. */
  readonly spearman: number;
  /** Share of triplets in which both metrics put the two copies in the same order. */
  readonly sameOrder: number;
}

/**
 * @param distances of both copies of each triplet, `[triplets, 2]`
 * @param others distances of the other metric
 */
export function agreementOf(distances: Float32Array, others: Float32Array): Agreement {
  const orderIn = (of: Float32Array, first: number): number =>
    Math.sign(float32At(of, first) - float32At(of, first + 1));
  let same = 0;
  for (let first = 0; first < distances.length; first += 2) {
    if (orderIn(distances, first) === orderIn(others, first)) same++;
  }
  return { spearman: spearman(distances, others), sameOrder: same / (distances.length / 2) };
}

/** Spearman's rank correlation: Pearson's correlation of the ranks. Equal values share the mean of their ranks. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length || a.length < 2) {
    throw invalid('spearman', 'two lists of the same length ≥ 2', 'a and b', `${a.length} and ${b.length}`);
  }
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (a.length - 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (const [i, rank] of x.entries()) {
    const [dx, dy] = [rank - middle, float64At(y, i) - middle];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xy / Math.sqrt(xx * yy);
}

/** Ranks, from 0. */
function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from(values, (value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const result = new Float64Array(order.length);
  for (let start = 0; start < order.length; ) {
    const { value } = at(order, start);
    let end = start + 1;
    while (order[end]?.value === value) end++;
    for (const { index } of order.slice(start, end)) result[index] = (start + end - 1) / 2;
    start = end;
  }
  return result;
}
