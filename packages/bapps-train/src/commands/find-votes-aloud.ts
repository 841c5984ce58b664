/**
 * @module
 * Finds the votes behind the judgements of a data set, which say how many people were asked about each triplet: who voted how, or
 * else their numbers alone. Where a file does not fit the judgements, this is told, and it is left aside.
 */
import { LpipsError, printable } from 'lpips-core';
import type { Terminal } from 'lpips-node/command-line';
import type { FoundItems } from '../evaluation/measure.js';
import { countsOnTriplets, type VotesOnTriplets, votesOnTriplets } from '../evaluation/votes-on-triplets.js';
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
  for (const [file, read] of Object.entries(readers)) {
    try {
      const found = await read();
      if (found) return found;
    } catch (error) {
      if (!(error instanceof LpipsError)) throw error;
      if (!quiet) terminal.error(`bapps: ${printable(error.message)} ${file} is left aside.\n`);
    }
  }
  return undefined;
}
