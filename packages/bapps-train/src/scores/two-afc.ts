/**
 * @module
 * Two-alternative forced choice (Zhang et al. 2018, section 2.2): people saw a reference and two distorted copies of
 * it, p0 and p1, and said which is closer; `judge` is the share that said p1. A metric is credited with the share of
 * people that it agrees with, and with a half where it cannot tell:
 *
 *     score = mean( d0 < d1 ? 1 − judge : d1 < d0 ? judge : ½ )
 *
 * Beside it stand the score of a person drawn at random from those asked, p² + (1 − p)² (the paper's "human"), and that
 * of an oracle that always sides with the majority, max(p, 1 − p), which no metric exceeds.
 */
import { at, invalid } from 'lpips-core';

/** Distances of one metric, and what people said of the same triplets. */
export interface JudgedDistances {
  /** distance of p0 to the reference */
  readonly d0: ArrayLike<number>;
  /** distance of p1 to the reference */
  readonly d1: ArrayLike<number>;
  /** share of people, in [0, 1], that found p1 closer */
  readonly judge: ArrayLike<number>;
}

/**
 * The 2AFC score of a metric.
 *
 * @returns in [0, 1]; one half is chance
 * @throws LpipsError where the lists are empty or of different lengths, a distance is no number, or a judgement lies
 *   outside [0, 1]
 */
export function twoAfcScore(distances: JudgedDistances): number {
  return mean(twoAfcCredits(distances));
}

/**
 * What every triplet adds to the score.
 *
 * @returns one number in [0, 1] for each triplet
 * @throws LpipsError as `twoAfcScore`
 */
export function twoAfcCredits({ d0, d1, judge }: JudgedDistances): Float64Array {
  checkJudgements('twoAfcScore', judge);
  checkDistances('twoAfcScore', 'd0', d0, judge.length);
  checkDistances('twoAfcScore', 'd1', d1, judge.length);
  return Float64Array.from(judge, (share, index) => {
    const [near, far] = [at(d0, index), at(d1, index)];
    if (near === far) return 0.5;
    return near < far ? 1 - share : share;
  });
}

/**
 * How often a person agrees with another, which is what a metric as good as one person reaches.
 *
 * @param judge shares in [0, 1]
 * @returns p² + (1 − p)² of every triplet, in [½, 1]
 * @throws LpipsError as `twoAfcScore`
 */
export function humanCredits(judge: ArrayLike<number>): Float64Array {
  checkJudgements('humanCredits', judge);
  return Float64Array.from(judge, (share) => share ** 2 + (1 - share) ** 2);
}

/**
 * The best that any metric can do: always to side with the majority.
 *
 * @param judge shares in [0, 1]
 * @returns max(p, 1 − p) of every triplet, in [½, 1]
 * @throws LpipsError as `twoAfcScore`
 */
export function oracleCredits(judge: ArrayLike<number>): Float64Array {
  checkJudgements('oracleCredits', judge);
  return Float64Array.from(judge, (share) => Math.max(share, 1 - share));
}

/** Arithmetic mean; NaN of nothing. */
export function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @throws LpipsError where there is no share, or one outside [0, 1] */
export function checkJudgements(where: string, judge: ArrayLike<number>, argument = 'judge'): void {
  if (judge.length === 0) throw invalid(where, 'at least one judgement', argument, 'none');
  for (let index = 0; index < judge.length; index++) {
    const share = at(judge, index);
    if (share >= 0 && share <= 1) continue;
    throw invalid(where, 'shares in [0, 1]', `${argument}[${index}]`, String(share));
  }
}

/** @throws LpipsError where the number of distances is another, or one is no number */
export function checkDistances(
  where: string,
  argument: string,
  distances: ArrayLike<number>,
  count: number,
): void {
  if (distances.length !== count) {
    throw invalid(where, `${count} distances, as there are judgements,`, argument, String(distances.length));
  }
  for (let index = 0; index < count; index++) {
    if (!Number.isNaN(at(distances, index))) continue;
    const advice = 'Did the training diverge? Look at the weights.';
    throw invalid(where, 'numbers', `${argument}[${index}]`, 'NaN', advice);
  }
}
