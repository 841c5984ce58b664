/**
 * @module
 * How many people judged each item, and how many of them said p1 (or "the same"), from a CSV file beside the images of a data set:
 *
 *     item,votes,yes,share
 *     2afc/val/blur/000004,5,3,0.6
 *
 * of which `item` with `votes` and `yes` or `share` is enough, or `item` with `share`, if all shares are those of one number of
 * votes (`judgement-columns.ts` says what else they may be called). `bapps votes --export` writes it: so the numbers of imported
 * judgements, of whose raters nothing is known, stay.
 */
import { join } from 'node:path';
import { at, checkText, invalid } from 'lpips-core';
import { type CsvLine, placeOf } from '../files/csv-lines.js';
import { findFileOf } from '../files/read-file.js';
import { itemKey, judgementLines, SHARE_COLUMNS, saidOf } from './judgement-columns.js';
import { votesBehind } from './two-afc.js';

/** Name of the file in the folder of a data set. */
export const SHARES_FILE = 'shares.csv';

const MOST_BYTES = 256e6;
/** In messages. */
const SHOWN_SHARES = 5;

/** The votes on an item, counted. */
export interface CountedVotes {
  readonly votes: number;
  /** Of them those for p1, or for "the same". */
  readonly yes: number;
}

/** The counted votes of a data set. */
export interface SharesByItem {
  /** Path of the file, for messages. */
  readonly source: string;
  /** Of an item, such as `blur/000004` of a split. */
  readonly sharesOn: (split: string, item: string) => CountedVotes | undefined;
}

/**
 * Reads the counted votes of a data set.
 *
 * @returns undefined where it has none
 * @throws LpipsError naming the columns that are missing, a line that counts no votes, or a second one of an item
 */
export async function findShares(data: string): Promise<SharesByItem | undefined> {
  checkText('findShares', 'data', data);
  const source = join(data, SHARES_FILE);
  const bytes = await findFileOf(source, { where: 'findShares', what: 'a CSV file', mostBytes: MOST_BYTES });
  if (bytes === undefined) return undefined;
  const lines = judgementLines('findShares', bytes.toString(), source, SHARE_COLUMNS);
  const counted = countShares(lines, 'findShares', source);
  const shares = new Map<string, CountedVotes>();
  for (const [index, { item = '' }] of lines.entries()) {
    const key = itemKey(item);
    if (shares.has(key))
      throw invalid('findShares', 'one line an item', placeOf(index, source), `a second of "${item}"`);
    shares.set(key, at(counted, index));
  }
  return { source, sharesOn: (split, item) => saidOf(shares, split, item) };
}

/**
 * Counted votes of lines with columns `votes` and `yes`, or `share`.
 *
 * @throws LpipsError naming the first line that is none, or if the number of votes cannot be told
 */
export function countShares(lines: readonly CsvLine[], where: string, source: string): CountedVotes[] {
  const numberIn = (line: CsvLine, column: string, index: number, most: number): number => {
    const text = line[column] ?? '';
    const value = text === '' ? Number.NaN : Number(text);
    if (value >= 0 && value <= most) return value;
    const got = line[column] === undefined ? 'no such column' : `"${text}"`;
    const requirement = most === 1 ? 'a share in [0, 1]' : `a number from 0 to ${most}`;
    throw invalid(where, requirement, `${column} of ${placeOf(index, source)}`, got);
  };
  const first = at(lines, 0);
  const hasVotes = first['votes'] !== undefined;
  const isCounted = hasVotes && first['yes'] !== undefined;
  const shares = isCounted ? [] : lines.map((line, index) => numberIn(line, 'share', index, 1));
  const told = hasVotes ? undefined : votesBehind([shares]);
  if (!hasVotes && told === undefined) {
    const requirement = 'shares of one number of votes, 20 at most, with six digits';
    const some = `${shares.slice(0, SHOWN_SHARES).join(', ')}${shares.length > SHOWN_SHARES ? ' …' : ''}`;
    throw invalid(where, requirement, source, some, 'Add a column votes.');
  }
  return lines.map((line, index) => {
    const votes = told ?? numberIn(line, 'votes', index, Number.MAX_SAFE_INTEGER);
    const yes = isCounted ? numberIn(line, 'yes', index, votes) : at(shares, index) * votes;
    const own = countedVotes(votes, yes);
    if (own) return own;
    throw invalid(where, 'a whole number of votes', placeOf(index, source), `${yes} of ${votes}`);
  });
}

/** Votes as whole numbers, which shares in files give nearly; undefined where they are none. */
export function countedVotes(votes: number, yes: number): CountedVotes | undefined {
  const whole = Math.round(yes);
  const isWhole = Number.isSafeInteger(votes) && votes >= 1 && Math.abs(yes - whole) < 1e-4 * votes;
  return isWhole ? { votes, yes: whole } : undefined;
}
