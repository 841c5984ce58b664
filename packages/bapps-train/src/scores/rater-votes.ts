/**
 * @module
 * Scores as functions of who was asked: the raters are drawn again with all their votes, and shares, credits and bounds follow
 * from the votes of those who were drawn.
 *
 * Two votes of the same rater are no two people who agree. With c_r the number of times that rater r was drawn, and Y and N the
 * sums of c_r over those who said p1 and p0, two different ones agree in
 *
 *     (Y² − Σ_yes c_r² + N² − Σ_no c_r²) / ((Y + N)² − Σ c_r²)
 */
import { at } from 'lpips-core';
import { float64At, uint16At } from '../typed-reads.js';
import type { ScoreKind } from './score-kinds.js';

/** One vote on a triplet. */
export interface RaterVote {
  /** Number of the rater, from 0. */
  readonly rater: number;
  /** Whether the rater found p1 closer. */
  readonly isP1: boolean;
}

/** The votes on the triplets of one distortion, counted as often as their raters are drawn. */
export interface Tally {
  /** `[triplets]`: sums over those who said p1, and p0. */
  readonly yes: Float64Array;
  readonly no: Float64Array;
  /** `[triplets]`: sums of squares over both. */
  readonly yesSquares: Float64Array;
  readonly noSquares: Float64Array;
}

/** Counts votes, in arrays that the next call uses again. */
export function tallyOf(votes: readonly (readonly RaterVote[])[]): (counts: Uint16Array) => Tally {
  const list = () => new Float64Array(votes.length);
  const tally: Tally = { yes: list(), no: list(), yesSquares: list(), noSquares: list() };
  return (counts) => {
    const timesAt = uint16At;
    for (const [index, onOne] of votes.entries()) {
      let [yes, no, yesSquares, noSquares] = [0, 0, 0, 0];
      for (const { rater, isP1 } of onOne) {
        const times = timesAt(counts, rater);
        if (isP1) {
          yes += times;
          yesSquares += times * times;
        } else {
          no += times;
          noSquares += times * times;
        }
      }
      tally.yes[index] = yes;
      tally.no[index] = no;
      tally.yesSquares[index] = yesSquares;
      tally.noSquares[index] = noSquares;
    }
    return tally;
  };
}

/** Sums of one triplet. */
interface Sums {
  readonly yes: number;
  readonly no: number;
  readonly yesSquares: number;
  readonly noSquares: number;
}

/** The credit of a triplet by its sums, NaN where it has none. `choice` of a metric: 1 for p1, 0 for p0, ½ at a tie. */
const CREDITS: Readonly<Record<ScoreKind, (sums: Sums, choice: number) => number>> = {
  metric: ({ yes, no }, choice) => (choice * yes + (1 - choice) * no) / (yes + no),
  human: ({ yes, no }) => (yes ** 2 + no ** 2) / (yes + no) ** 2,
  oracle: ({ yes, no }) => Math.max(yes, no) / (yes + no),
  agreement: ({ yes, no, yesSquares, noSquares }) =>
    (yes ** 2 - yesSquares + no ** 2 - noSquares) / ((yes + no) ** 2 - yesSquares - noSquares),
};

/**
 * The mean credit of a metric or a bound over the triplets on which somebody voted.
 *
 * @param choices of a metric, for each triplet
 */
export function talliedScore(kind: ScoreKind, choices: readonly number[] = []): (tally: Tally) => number {
  const credit = CREDITS[kind];
  return ({ yes, no, yesSquares, noSquares }) => {
    let [sum, known] = [0, 0];
    for (let index = 0; index < yes.length; index++) {
      const sums = {
        yes: float64At(yes, index),
        no: float64At(no, index),
        yesSquares: float64At(yesSquares, index),
        noSquares: float64At(noSquares, index),
      };
      const value = credit(sums, kind === 'metric' ? at(choices, index) : 0);
      if (Number.isNaN(value)) continue;
      sum += value;
      known++;
    }
    return sum / known;
  };
}
