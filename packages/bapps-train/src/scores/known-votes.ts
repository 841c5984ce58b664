/**
 * @module
 * How many votes are behind the judgements of triplets: as many as were asked for, or as the data name on each triplet, or else the
 * least number that gives all shares.
 */
import type { RaterVote } from './rater-votes.js';
import { mean, votesBehind } from './two-afc.js';

/** Judgements, and what is known of the votes behind them. */
export interface VotedTriplets {
  /** Share of votes for p1, in [0, 1]. */
  readonly judge: ArrayLike<number>;
  /** The votes behind each judgement: for intervals by rater, and for how often two people agree. */
  readonly votes?: readonly (readonly RaterVote[])[];
  /** How many votes are behind each judgement, where nothing else is known of them: for how often two people agree. */
  readonly counts?: readonly number[];
}

/** What is known of the votes. */
interface KnownVotes {
  /** Votes for each triplet, their mean where the numbers differ; undefined if they are not known. */
  readonly votes: number | undefined;
  /** On every triplet of every distortion, where the data name them. */
  readonly counts: readonly (readonly number[])[] | undefined;
  /** Whether some triplet has two votes or more. */
  readonly isShared: boolean;
}

/**
 * The votes behind judgements.
 *
 * @param data of each distortion
 * @param asked votes for each triplet, whatever the data say
 */
export function knownVotes(data: readonly VotedTriplets[], asked?: number): KnownVotes {
  const counts = asked === undefined ? countsOf(data) : undefined;
  if (counts) {
    const all = counts.flat();
    return { votes: mean(Float64Array.from(all)), counts, isShared: all.some((count) => count >= 2) };
  }
  const votes = asked ?? votesBehind(data.map(({ judge }) => judge));
  return { votes, counts, isShared: votes !== undefined && votes >= 2 };
}

/** Why judgements do not tell how often two people agree. */
export const NO_AGREEMENT = {
  single: 'there is one vote on each triplet',
  unknown: 'these shares do not tell how many votes they are made of',
} as const;

/** Why these judgements do not tell how often two people agree; undefined where they do, or there are none. */
export function whyNoAgreement(
  data: readonly VotedTriplets[],
  asked?: number,
): keyof typeof NO_AGREEMENT | undefined {
  const { counts, isShared } = knownVotes(data, asked);
  if (isShared || data.length === 0) return undefined;
  return counts ? 'single' : 'unknown';
}

/** The number of votes on every triplet; undefined unless all are known. */
function countsOf(data: readonly VotedTriplets[]): (readonly number[])[] | undefined {
  const lists = data.flatMap(({ judge, votes, counts }) => {
    const own = votes?.map(({ length }) => length) ?? counts;
    return own?.length === judge.length ? [own] : [];
  });
  return lists.length > 0 && lists.length === data.length ? lists : undefined;
}
