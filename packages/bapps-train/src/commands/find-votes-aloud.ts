/**
 * @module
 * Finds the votes behind the judgements of a data set or an extraction, which say how many people were asked about each triplet. Where
 * a file does not fit the judgements and no other does, this is told, and it is left aside.
 */
import { printable } from 'lpips-core';
import type { Terminal } from 'lpips-node/command-line';
import type { Split } from '../data-set/layout.js';
import type { FoundItems } from '../evaluation/measure.js';
import type { ExtractionManifest } from '../extraction/extraction-manifest.js';
import { NO_AGREEMENT, type VotedTriplets, whyNoAgreement } from '../scores/known-votes.js';
import { SHARES_FILE } from '../scores/read-shares.js';
import { VOTES_FILE } from '../scores/read-votes.js';
import { findVotesOnTriplets, type VotesOnTriplets } from '../scores/votes-on-triplets.js';

/** @returns undefined where neither the data set nor its extraction says anything of the votes behind the judgements */
export async function findVotesAloud(
  { data, extraction, split, triplets }: FoundItems,
  terminal: Terminal,
  quiet: boolean,
): Promise<VotesOnTriplets | undefined> {
  const found = data === undefined ? undefined : await findVotesOnTriplets({ data, split, triplets });
  if (found?.votes) return found.votes;
  if (!quiet) for (const misfit of found?.misfits ?? []) terminal.error(`bapps: ${printable(misfit)}\n`);
  return extraction && votesOfExtraction(extraction.manifest, split);
}

/** What adds the number of votes on the triplets of a data set. */
export const COUNT_FILES = `${VOTES_FILE} or ${SHARES_FILE} in the folder of the data set`;

/** The numbers of votes that an extraction states; undefined unless it does. */
function votesOfExtraction({ groups }: ExtractionManifest, split: Split): VotesOnTriplets | undefined {
  const counted = groups.flatMap((group) =>
    group.task === '2afc' && group.split === split && group.votes
      ? [[group.distortion, { counts: group.votes }] as const]
      : [],
  );
  return counted.length === 0 ? undefined : new Map(counted);
}

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
