/**
 * @module
 * The votes behind the judgements of a data set, triplet by triplet.
 */
import { invalid } from 'lpips-core';
import type { Split, Triplet } from '../data-set/layout.js';
import type { DistortionFolder } from '../data-set/scan-data-set.js';
import type { RaterVote } from '../scores/rater-votes.js';
import type { VotesByItem } from '../scores/read-votes.js';

/** Shares in files have six digits or more. */
const SHARE_TOLERANCE = 1e-5;

/**
 * The votes on the triplets of each distortion.
 *
 * @returns by distortion, a list for each triplet
 * @throws LpipsError naming a triplet whose judgement is not the share of its votes
 */
export function votesOnTriplets(
  folders: readonly DistortionFolder<Triplet>[],
  split: Split,
  { source, votesOn }: VotesByItem,
): ReadonlyMap<string, readonly (readonly RaterVote[])[]> {
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
