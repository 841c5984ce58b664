/**
 * @module
 * What two summaries tell of the distance of their images. In each cell and channel, the embeddings a and b have projections
 * p_a and p_b on the constant, and rests of lengths s_a and s_b at an unknown angle. So
 *
 *     Σ (p_a − p_b)² + (s_a − s_b)²  ≤  d  ≤  Σ (p_a − p_b)² + (s_a + s_b)²
 *
 * and where the rests are uncorrelated, d = Σ (p_a − p_b)² + s_a² + s_b², which lies in the middle. Both bounds are squared
 * Euclidean distances of vectors, so that where a vector is known but for an error of length ε (`Summary.slack`), its
 * distance is known but for ε.
 */
import { at, checkNumber, invalid, kindOf } from 'lpips-core';
import type { Summary } from './summary.js';

/** Bounds of a distance, and an estimate. */
export interface Bounds {
  /** The distance is not smaller. */
  readonly lower: number;
  /** What the distance is where the rests are uncorrelated: 2 to 20 % above it for most pairs of photographs. */
  readonly estimate: number;
  /** The distance is not larger. */
  readonly upper: number;
}

/** Sums over two summaries, at least 0. */
export interface SummarySums {
  /** Σ (p_a − p_b)² + (s_a − s_b)² */
  readonly squares: number;
  /** Σ s_a s_b */
  readonly products: number;
}

/**
 * Bounds of the distance of two images. They hold but for rounding in the network, by which the distance itself is
 * uncertain too: within 1e-6 · (1 + d).
 *
 * @throws LpipsError unless both are summaries of one length
 */
export function bounds(a: Summary, b: Summary): Bounds {
  checkSummary('bounds', 'a', a);
  checkSummary('bounds', 'b', b);
  if (a.values.length !== b.values.length) {
    const advice = 'Summarise both with one metric, size and number of cells.';
    throw invalid('bounds', `${a.values.length} numbers`, 'b', `${b.values.length}`, advice);
  }
  const half = a.values.length / 2;
  let [squares, products] = [0, 0];
  for (let i = 0; i < a.values.length; i++) {
    const [x, y] = [at(a.values, i), at(b.values, i)];
    squares += (x - y) ** 2;
    if (i >= half) products += x * y;
  }
  return boundsOf({ squares, products }, a.slack + b.slack);
}

/** The bounds by the sums. @param slack of both summaries together */
export function boundsOf({ squares, products }: SummarySums, slack: number): Bounds {
  const largest = squares + 4 * products;
  return {
    lower: Math.max(0, Math.sqrt(squares) - slack) ** 2,
    estimate: (squares + largest) / 2,
    upper: (Math.sqrt(largest) + slack) ** 2,
  };
}

/**
 * By how much a float32 distance d, or a bound, may be off: two distances that differ by less are not told apart when an
 * answer is proven.
 */
export function distanceTolerance(d: number): number {
  return 1e-6 * (1 + d);
}

/** @throws LpipsError unless `value` is a summary */
export function checkSummary(where: string, argument: string, value: unknown): asserts value is Summary {
  const { values, slack } = (typeof value === 'object' && value !== null ? value : {}) as Partial<Summary>;
  if (!(values instanceof Float32Array) || values.length === 0 || values.length % 2 === 1) {
    throw invalid(where, 'a summary', argument, kindOf(value), 'summary makes them of images.');
  }
  checkNumber(where, `the slack of ${argument}`, slack);
}
