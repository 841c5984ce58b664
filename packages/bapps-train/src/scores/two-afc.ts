/**
 * @module
 * Two-alternative forced choice (Zhang et al. 2018, section 2.2): people saw a reference and two distorted copies of
 * it, p0 and p1, and said which is closer; `judge` is the share that said p1. A metric is credited with the share of
 * people that it agrees with, and with a half at a tie:
 *
 *     score = mean( d0 < d1 ? 1 − judge : d1 < d0 ? judge : ½ )
 *
 * Three bounds are compared with it: the paper's human score p² + (1 − p)², which is that of a person drawn from those who
 * were asked, himself among them; how often two different people agree; and the score of an oracle that always sides with
 * the majority, max(p, 1 − p), which no metric exceeds.
 */
import { at, checkNumber, invalid } from 'lpips-core';
import { checkArray, checkNumbers, checkRecord } from '../check-arguments.js';

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
export function twoAfcCredits(distances: JudgedDistances): Float64Array {
  checkRecord('twoAfcScore', 'distances', distances, ['d0', 'd1', 'judge']);
  const { d0, d1, judge } = distances;
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
 * The paper's human score: that of a person drawn from those who were asked. The person is one of those that the score
 * compares with, so it is higher than how often two different people agree.
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
 * How often two different people agree, without bias. Of n votes, k = np are for p1, and of the n(n − 1) / 2 pairs of voters
 * those agree in which both are among the k or both among the n − k:
 *
 *     (k(k − 1) + (n − k)(n − k − 1)) / (n(n − 1)) = (n(p² + (1 − p)²) − 1) / (n − 1)
 *
 * @param judge shares in [0, 1]
 * @param votes number of votes for each triplet, at least 2
 * @returns one number in [0, 1] for each triplet
 * @throws LpipsError as `twoAfcScore`, or if there are fewer votes
 */
export function agreementCredits(judge: ArrayLike<number>, votes: number): Float64Array {
  checkNumber('agreementCredits', 'votes', votes, { least: 2 });
  return humanCredits(judge).map((credit) => Math.max(0, (votes * credit - 1) / (votes - 1)));
}

/** More people than were ever asked about one triplet. Among so many, any shares are those of some number of votes. */
const MOST_VOTES = 20;
/** Shares in files have six digits or more. */
const SHARE_TOLERANCE = 1e-5;

/**
 * The number of votes that shares are made of: the least of which all of them are whole multiples.
 *
 * @param judges lists of shares in [0, 1]
 * @returns from 1, for shares of 0 and 1 alone, to 20; undefined if they are no such shares
 * @throws LpipsError unless they are lists of numbers
 */
export function votesBehind(judges: readonly ArrayLike<number>[]): number | undefined {
  checkArray('votesBehind', 'judges', judges);
  for (const judge of judges) checkNumbers('votesBehind', 'judges', judge);
  const shares = [...new Set(judges.flatMap((judge) => [...new Set(Array.from(judge))]))];
  const isWhole = (value: number) => Math.abs(value - Math.round(value)) < SHARE_TOLERANCE;
  for (let votes = 1; votes <= MOST_VOTES; votes++) {
    if (shares.every((share) => isWhole(share * votes))) return votes;
  }
  return undefined;
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
  checkNumbers(where, argument, judge);
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
  checkNumbers(where, argument, distances);
  if (distances.length !== count) {
    throw invalid(where, `${count} distances, as there are judgements,`, argument, String(distances.length));
  }
  for (let index = 0; index < count; index++) {
    if (!Number.isNaN(at(distances, index))) continue;
    const advice = 'Did the training diverge? Look at the weights.';
    throw invalid(where, 'numbers', `${argument}[${index}]`, 'NaN', advice);
  }
}
