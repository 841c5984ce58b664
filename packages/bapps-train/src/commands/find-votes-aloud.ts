/**
 * @module
 * Finds the votes behind the judgements of a data set, which say how many people were asked about each triplet. Where its file of
 * votes does not fit, this is told, and the file is left aside.
 */
import { LpipsError, printable } from 'lpips-core';
import type { Terminal } from 'lpips-node/command-line';
import type { FoundItems } from '../evaluation/measure.js';
import { type VotesOnTriplets, votesOnTriplets } from '../evaluation/votes-on-triplets.js';
import { findVotes, VOTES_FILE } from '../scores/read-votes.js';

/** @returns undefined where the data set has no votes, or not those behind its judgements */
export async function findVotesAloud(
  { data, split, triplets }: FoundItems,
  terminal: Terminal,
  quiet: boolean,
): Promise<VotesOnTriplets | undefined> {
  if (data === undefined) return undefined;
  try {
    const votes = await findVotes(data);
    return votes && votesOnTriplets(triplets, split, votes);
  } catch (error) {
    if (!(error instanceof LpipsError)) throw error;
    if (!quiet) terminal.error(`bapps: ${printable(error.message)} ${VOTES_FILE} is left aside.\n`);
    return undefined;
  }
}
