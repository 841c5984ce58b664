/**
 * @module
 * The votes behind the judgements of a data set, triplet by triplet.
 */
import { invalid } from 'lpips-core';
import type { Split, Triplet } from '../data-set/layout.js';
import type { DistortionFolder } from '../data-set/scan-data-set.js';
import type { RaterVote } from '../scores/rater-votes.js';
import type { VotesByItem } from '../scores/read-votes.js';
import type { Measurements } from './measure.js';

/** By distortion, a list for each triplet. */
export type VotesOnTriplets = ReadonlyMap<string, readonly (readonly RaterVote[])[]>;

/** Shares in files have six digits or more. */
const SHARE_TOLERANCE = 1e-5;

/**
 * The votes on the triplets of each distortion.
 *
 * @throws LpipsError naming a triplet whose judgement is not the share of its votes
 */
export function votesOnTriplets(
  folders: readonly DistortionFolder<Triplet>[],
  split: Split,
  { source, votesOn }: VotesByItem,
): VotesOnTriplets {
  return new Map(
    folders.map(({ distortion, items }) => {
      const votes = items.map(({ name, judge }) => {
        const item = `${distortion}/${name}`;
        const own = votesOn(split, item);
        const share = own.filter(({ isP1 }) => isP1).length / own.length;
        if (Math.abs(share - judge) <= SHARE_TOLERANCE) return own;
        const got = own.length === 0 ? 'none' : `a share of ${share} in ${own.length} votes`;
        const requirement = `the votes behind the judgement ${judge} of ${split}/${item}`;
        throw invalid('evaluate', requirement, source, got);
      });
      return [distortion, votes] as const;
    }),
  );
}

/** What was measured, with the votes as far as they are known. */
export function withVotes(measured: Measurements, votes: VotesOnTriplets | undefined): Measurements {
  const judged = measured.judged.map((one) => {
    const own = votes?.get(one.distortion);
    return { ...one, ...(own && { votes: own }) };
  });
  return { ...measured, judged };
}
