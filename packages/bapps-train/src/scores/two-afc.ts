/**
 * @module
 * Two-alternative forced choice (Zhang et al. 2018, section 2.2): people saw a reference and two distorted copies of
 * it, p0 and p1, and said which is closer; `judge` is the share that said p1. A metric is credited with the share of
 * people that it agrees with, and with a half at a tie:
 *
 *     score = mean( d0 < d1 ? 1 − judge : d1 < d0 ? judge : ½ )
 *
 * Two bounds are compared with it: the score of a person drawn at random from those asked, p² + (1 − p)² (the paper's
 * "human"), and the score of an oracle that always sides with the majority, max(p, 1 − p), which no metric exceeds.
 */
import { at, invalid } from 'lpips-core';

/** Distances of one metric, and the judgements of the same triplets. */
export interface JudgedDistances {
  /** Distance of p0 to the reference. */
  readonly d0: ArrayLike<number>;
  /** Distance of p1 to the reference. */
  readonly d1: ArrayLike<number>;
  /** Share of people, in [0, 1], who found p1 closer. */
  readonly judge: ArrayLike<number>;
}

/**
 * The 2AFC score of a metric.
 *
 * @returns in [0, 1]; one half is chance
 * @throws LpipsError if the lists are empty or of different lengths, a distance is NaN, or a judgement lies outside [0,
 *   1]
 */
export function twoAfcScore(distances: JudgedDistances): number {
  return mean(twoAfcCredits(distances));
}

/**
 * The credit that a metric gets for every triplet.
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
 * How often one person agrees with another, which is the score of a metric that is as good as one person.
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
 * The credits of an oracle that always sides with the majority, which no metric exceeds.
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

/** @throws LpipsError if there is no share, or one lies outside [0, 1] */
export function checkJudgements(where: string, judge: ArrayLike<number>, argument = 'judge'): void {
  if (judge.length === 0) throw invalid(where, 'at least one judgement', argument, 'none');
  for (let index = 0; index < judge.length; index++) {
    const share = at(judge, index);
    if (share >= 0 && share <= 1) continue;
    throw invalid(where, 'shares in [0, 1]', `${argument}[${index}]`, String(share));
  }
}

/** @throws LpipsError if the number of distances differs from `count`, or one is NaN */
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
