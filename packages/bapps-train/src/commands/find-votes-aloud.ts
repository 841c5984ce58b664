/**
 * @module
 * Finds the votes behind the judgements of a data set, which say how many people were asked about each triplet: who voted how, or
 * else their numbers alone. Where a file does not fit the judgements and no other does, this is told, and it is left aside.
 */
import { LpipsError, printable } from 'lpips-core';
import type { Terminal } from 'lpips-node/command-line';
import type { FoundItems } from '../evaluation/measure.js';
import { countsOnTriplets, type VotesOnTriplets, votesOnTriplets } from '../evaluation/votes-on-triplets.js';
import { NO_AGREEMENT, type VotedTriplets, whyNoAgreement } from '../scores/known-votes.js';
import { findShares, SHARES_FILE } from '../scores/read-shares.js';
import { findVotes, VOTES_FILE } from '../scores/read-votes.js';

/** @returns undefined where the data set says nothing of them, or not of those behind its judgements */
export async function findVotesAloud(
  { data, split, triplets }: FoundItems,
  terminal: Terminal,
  quiet: boolean,
): Promise<VotesOnTriplets | undefined> {
  if (data === undefined) return undefined;
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
      const found = await read();
      if (found) return found;
    } catch (error) {
      if (!(error instanceof LpipsError)) throw error;
      misfits.push(`bapps: ${printable(error.message)} ${file} is left aside.\n`);
    }
  }
  if (!quiet) for (const misfit of misfits) terminal.error(misfit);
  return undefined;
}

/** What adds the number of votes on the triplets of a data set. */
export const COUNT_FILES = `${VOTES_FILE} or ${SHARES_FILE} in the folder of the data set`;

/**
 * Tells it where judgements do not say how often two people agree.
 *
 * @param data of each distortion
 * @param ways what adds the number of votes
 * @param asked votes for each triplet, whatever the data say
 */
export function tellNoAgreement(
  data: readonly VotedTriplets[],
  ways: string,
  terminal: Terminal,
  asked?: number,
): void {
  const why = whyNoAgreement(data, asked);
  if (why === undefined) return;
  const consequence =
    why === 'single'
      ? ', which does not tell how often two people agree'
      : `; ${ways} adds how often two people agree`;
  terminal.error(`bapps: ${NO_AGREEMENT[why]}${consequence}.\n`);
}
