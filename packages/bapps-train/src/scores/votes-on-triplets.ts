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
    folders.map((folder) => {
      const votes = onEach(folder, split, source, (item) => {
        const own = votesOn(split, item);
        const share = own.filter(({ isP1 }) => isP1).length / own.length;
        return { own, share, got: own.length === 0 ? 'none' : `a share of ${share} in ${own.length} votes` };
      });
      return [folder.distortion, { votes }] as const;
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
    folders.map((folder) => {
      const counts = onEach(folder, split, source, (item) => {
        const { votes, yes } = sharesOn(split, item) ?? { votes: 0, yes: 0 };
        return { own: votes, share: yes / votes, got: votes === 0 ? 'none' : `${yes} of ${votes}` };
      });
      return [folder.distortion, { counts }] as const;
    }),
  );
}

/** What a file says of an item: its share of votes for p1, NaN where there is none, and the same in words. */
interface Said<Own> {
  readonly own: Own;
  readonly share: number;
  readonly got: string;
}

/** @throws LpipsError naming a triplet whose judgement is not the share that a file says */
function onEach<Own>(
  { distortion, items }: DistortionFolder<Triplet>,
  split: Split,
  source: string,
  said: (item: string) => Said<Own>,
): Own[] {
  return items.map(({ name, judge }) => {
    const item = `${distortion}/${name}`;
    const { own, share, got } = said(item);
    if (Math.abs(share - judge) <= SHARE_TOLERANCE) return own;
    const requirement = `the votes behind the judgement ${judge} of ${split}/${item}`;
    throw invalid('evaluate', requirement, source, got);
  });
}

/** What was measured, with the votes as far as they are known. */
export function withVotes<Measured extends { readonly judged: readonly JudgedDistortion[] }>(
  measured: Measured,
  votes: VotesOnTriplets | undefined,
): Measured {
  const judged = measured.judged.map((one) => ({ ...one, ...votes?.get(one.distortion) }));
  return { ...measured, judged };
}
