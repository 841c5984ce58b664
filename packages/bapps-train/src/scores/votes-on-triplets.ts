/**
 * @module
 * The votes behind the judgements of a data set, triplet by triplet: who voted how, or else their numbers alone.
 */
import { invalid, LpipsError } from 'lpips-core';
import type { Split, Triplet } from '../data-set/layout.js';
import type { DistortionFolder } from '../data-set/scan-data-set.js';
import { findShares, SHARES_FILE, type SharesByItem } from './read-shares.js';
import { findVotes, VOTES_FILE, type VotesByItem } from './read-votes.js';
import type { JudgedDistortion } from './score-table.js';

/** By distortion: the votes on each triplet, or how many there are. */
export type VotesOnTriplets = ReadonlyMap<string, Pick<JudgedDistortion, 'votes' | 'counts'>>;

/** Triplets of one split of a data set. */
export interface SplitTriplets {
  /** Folder of the data set. */
  readonly data: string;
  readonly split: Split;
  readonly triplets: readonly DistortionFolder<Triplet>[];
}

/** What a data set says of its votes. */
export interface FoundVotes {
  /** undefined where it says nothing of them, or not of those behind its judgements. */
  readonly votes: VotesOnTriplets | undefined;
  /** Sentences on the files that are left aside, where no other fits. */
  readonly misfits: readonly string[];
}

/** Shares in files have six digits or more. */
const SHARE_TOLERANCE = 1e-5;

/** Finds the votes on the triplets of a data set, or else their numbers. */
export async function findVotesOnTriplets({ data, split, triplets }: SplitTriplets): Promise<FoundVotes> {
  const readers = {
    [VOTES_FILE]: async () => {
      const votes = await findVotes(data);
      return votes && votesOnTriplets(triplets, split, votes);
    },
    [SHARES_FILE]: async () => {
      const shares = await findShares(data);
      return shares && countsOnTriplets(triplets, split, shares);
    },
  };
  const misfits: string[] = [];
  for (const [file, read] of Object.entries(readers)) {
    try {
      const votes = await read();
      if (votes) return { votes, misfits: [] };
    } catch (error) {
      if (!(error instanceof LpipsError)) throw error;
      misfits.push(`${error.message} ${file} is left aside.`);
    }
  }
  return { votes: undefined, misfits };
}

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
function countsOnTriplets(
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
export function withVotes<Measured extends { readonly judged: readonly JudgedDistortion[] }>(
  measured: Measured,
  votes: VotesOnTriplets | undefined,
): Measured {
  const judged = measured.judged.map((one) => ({ ...one, ...votes?.get(one.distortion) }));
  return { ...measured, judged };
}
