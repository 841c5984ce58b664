/**
 * @module
 * How many times as long one sample of times takes as another, with an interval that assumes nothing about how times are
 * distributed: the interval of Mann, Whitney and Wilcoxon for a shift, taken of logarithms (Lehmann 1975, section 2.5). Its ends
 * are two of all ratios of an `after` to a `before`, counted in from either end.
 */
import { at } from 'lpips-core';

/** An interval, and how often one so made holds the true ratio. */
export interface RatioInterval {
  readonly low: number;
  readonly high: number;
  /** In [0, 1]: at least the level that was asked for, or the most that so few times give. */
  readonly level: number;
}

/**
 * The narrowest interval of at least `level`; where samples are too small for that, the widest that there is, with its level.
 *
 * @param before values above 0
 * @param after the same
 * @param level in [0, 1)
 */
export function ratioInterval(
  before: readonly number[],
  after: readonly number[],
  level: number,
): RatioInterval {
  const ratios = after.flatMap((a) => before.map((b) => a / b)).sort((a, b) => a - b);
  const ways = waysOfU(before.length, after.length);
  const total = ways.reduce((sum, count) => sum + count, 0);
  // With the k-th ratio from either end, the interval misses where U < k on its side.
  let [k, missed] = [1, at(ways, 0) / total];
  while (2 * k < ratios.length) {
    const more = missed + at(ways, k) / total;
    if (2 * more > 1 - level) break;
    [k, missed] = [k + 1, more];
  }
  return { low: at(ratios, k - 1), high: at(ratios, ratios.length - k), level: 1 - 2 * missed };
}

/**
 * In how many orders of `m` and `n` values exactly U pairs stand the wrong way round: the coefficients of the Gaussian binomial
 * (1 − x^(n+1)) … (1 − x^(n+m)) / ((1 − x) … (1 − x^m)), from U = 0 to m·n.
 */
function waysOfU(m: number, n: number): number[] {
  const ways = Array.from({ length: m * n + 1 }, (_, u): number => (u === 0 ? 1 : 0));
  const value = (u: number) => ways[u] ?? 0;
  for (let i = 1; i <= m; i++) {
    for (let u = m * n; u >= n + i; u--) ways[u] = value(u) - value(u - n - i);
    for (let u = i; u <= m * n; u++) ways[u] = value(u) + value(u - i);
  }
  return ways;
}
