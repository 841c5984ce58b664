/**
 * @module
 * The votes behind the judgements of a data set, triplet by triplet, or how many there are.
 */
import { invalid } from 'lpips-core';
import type { Split, Triplet } from '../data-set/layout.js';
import type { DistortionFolder } from '../data-set/scan-data-set.js';
import type { SharesByItem } from '../scores/read-shares.js';
import type { VotesByItem } from '../scores/read-votes.js';
import type { JudgedDistortion } from '../scores/score-table.js';
import type { Measurements } from './measure.js';

/** By distortion: the votes on each triplet, or how many there are. */
export type VotesOnTriplets = ReadonlyMap<string, Pick<JudgedDistortion, 'votes' | 'counts'>>;

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
        throw invalid('evaluate', requirementOf(judge, split, item), source, got);
      });
      return [distortion, { votes }] as const;
    }),
  );
}

/**
 * How many people judged the triplets of each distortion.
 *
 * @throws LpipsError naming a triplet whose judgement is not the share of its votes
 */
export function countsOnTriplets(
  folders: readonly DistortionFolder<Triplet>[],
  split: Split,
  { source, sharesOn }: SharesByItem,
): VotesOnTriplets {
  return new Map(
    folders.map(({ distortion, items }) => {
      const counts = items.map(({ name, judge }) => {
        const item = `${distortion}/${name}`;
        const own = sharesOn(split, item);
        if (own && Math.abs(own.yes / own.votes - judge) <= SHARE_TOLERANCE) return own.votes;
        const got = own ? `${own.yes} of ${own.votes}` : 'none';
        throw invalid('evaluate', requirementOf(judge, split, item), source, got);
      });
      return [distortion, { counts }] as const;
    }),
  );
}

function requirementOf(judge: number, split: Split, item: string): string {
  return `the votes behind the judgement ${judge} of ${split}/${item}`;
}

/** What was measured, with the votes as far as they are known. */
export function withVotes(measured: Measurements, votes: VotesOnTriplets | undefined): Measurements {
  const judged = measured.judged.map((one) => ({ ...one, ...votes?.get(one.distortion) }));
  return { ...measured, judged };
}
