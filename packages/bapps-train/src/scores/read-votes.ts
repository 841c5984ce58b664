/**
 * @module
 * Who voted how, from a CSV file beside the images of a data set: one line a vote, with the columns
 *
 *     item,rater,answer          2afc/val/blur/000004,5f0c,p1
 *
 * in any order, with any others beside them (`judgement-columns.ts` says what else they may be called); an item may leave `2afc` and
 * the split out. An answer is p0 or p1, or 0 or 1. A column `kind` marks votes that are no judgements, such as those on trials with
 * a known answer: only lines of the kind `vote` count.
 */
import { join } from 'node:path';
import { checkText, invalid } from 'lpips-core';
import { placeOf } from '../files/csv-lines.js';
import { findFileOf } from '../files/read-file.js';
import { itemKey, judgementLines, saidOf, VOTE_COLUMNS } from './judgement-columns.js';
import type { RaterVote } from './rater-votes.js';

/** Name of the file in the folder of a data set. */
export const VOTES_FILE = 'votes.csv';

const MOST_BYTES = 256e6;

/** The votes of a data set. */
export interface VotesByItem {
  /** Path of the file, for messages. */
  readonly source: string;
  /** Votes on an item, such as `blur/000004` of a split; none for an item without any. */
  readonly votesOn: (split: string, item: string) => readonly RaterVote[];
}

/**
 * Reads the votes of a data set.
 *
 * @returns undefined where it has none
 * @throws LpipsError naming the columns that are missing, or a line that is no vote
 */
export async function findVotes(data: string): Promise<VotesByItem | undefined> {
  checkText('findVotes', 'data', data);
  const source = join(data, VOTES_FILE);
  const bytes = await findFileOf(source, { where: 'findVotes', what: 'a CSV file', mostBytes: MOST_BYTES });
  return bytes === undefined ? undefined : parseVotes(bytes.toString(), source);
}

/**
 * @param source name of the file, for messages
 * @throws LpipsError as `findVotes`
 */
export function parseVotes(text: string, source: string): VotesByItem {
  checkText('parseVotes', 'text', text);
  checkText('parseVotes', 'source', source);
  const lines = judgementLines('parseVotes', text, source, [VOTE_COLUMNS]);
  const raters = new Map<string, number>();
  const votes = new Map<string, RaterVote[]>();
  const seen = new Set<string>();
  for (const [index, line] of lines.entries()) {
    if ((line['kind'] || 'vote') !== 'vote') continue;
    const { item = '', answer = '', rater = '' } = line;
    if (item.startsWith('jnd/')) continue;
    const place = placeOf(index, source);
    const isP1 = ['p1', '1'].includes(answer);
    if (!isP1 && !['p0', '0'].includes(answer)) {
      throw invalid('parseVotes', 'p0 (or 0) or p1 (or 1)', `answer of ${place}`, `"${answer}"`);
    }
    if (item === '' || rater === '')
      throw invalid('parseVotes', 'an item and a rater', place, 'an empty field');
    const key = itemKey(item);
    const voter = `${key}\n${rater}`;
    if (seen.has(voter))
      throw invalid('parseVotes', 'one vote of a rater on an item', place, `a second of ${rater}`);
    seen.add(voter);
    const number = raters.get(rater) ?? raters.size;
    raters.set(rater, number);
    const list = votes.get(key) ?? [];
    list.push({ rater: number, isP1 });
    votes.set(key, list);
  }
  return { source, votesOn: (split, item) => saidOf(votes, split, item) ?? [] };
}
