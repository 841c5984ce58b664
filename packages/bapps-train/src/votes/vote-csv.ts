/**
 * @module
 * Votes as CSV (RFC 4180). One line a vote:
 *
 *     item,kind,answer,known,rater,first,ms,scale,trial,time
 *     2afc/val/blur/000004,vote,p1,,5f0c…,p0,1840,3,…,2026-01-31T09:00:05.000Z
 *
 * of which `item`, `answer` and `rater` are needed when it is read (`scores/judgement-columns.ts` says what else they may be called).
 * Or one line an item, for people of whom nothing else is known:
 *
 *     item,votes,yes,share
 *     2afc/val/blur/000004,5,3,0.6
 *
 * which `scores/read-shares.ts` reads. An item may be named by its end alone, such as `blur/000004`, where no other ends so.
 */
import { at, invalid } from 'lpips-core';
import { csvField } from 'lpips-node/files';
import { type CsvLine, placeOf } from '../files/csv-lines.js';
import { countShares } from '../scores/read-shares.js';
import type { ItemNames } from './item-names.js';
import type { Tally } from './vote-log.js';
import {
  type Answer,
  answerOf,
  isItemId,
  isRaterId,
  type SharesRecord,
  TRIAL_KINDS,
  taskOf,
  type VoteRecord,
} from './vote-records.js';

/** Columns of a file of votes. */
const VOTE_COLUMNS = [
  'item',
  'kind',
  'answer',
  'known',
  'rater',
  'first',
  'ms',
  'scale',
  'trial',
  'time',
] as const;

/** Votes in order of time. */
export function votesToCsv(votes: readonly VoteRecord[]): string {
  const all = votes.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  const lines = all.map((vote) =>
    VOTE_COLUMNS.map((column) => csvField(String(vote[column] ?? ''))).join(','),
  );
  return csvOf([VOTE_COLUMNS.join(','), ...lines]);
}

/** The votes of every item, counted. */
export function sharesToCsv(tallies: ReadonlyMap<string, Tally>): string {
  const lines = [...tallies].map(
    ([item, { votes, yes }]) => `${csvField(item)},${votes},${yes},${yes / votes}`,
  );
  return csvOf(['item,votes,yes,share', ...lines]);
}

function csvOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\r\n`).join('');
}

/** Where a line stands, and what it may be about. */
interface Context {
  readonly source: string;
  /** All items that there are. */
  readonly items: ItemNames;
  /** Of votes without a time, and of the import itself. */
  readonly time: string;
}

/**
 * Votes of a file with a column `answer`.
 *
 * @throws LpipsError naming the first line that is no vote on an item that there is
 */
export function votesFromCsv(lines: readonly CsvLine[], context: Context): VoteRecord[] {
  return lines.map((line, index) => {
    const place = placeOf(index, context.source);
    const kind = TRIAL_KINDS.find((one) => one === (line['kind'] || 'vote'));
    if (kind === undefined)
      throw invalid('votes', `one of ${TRIAL_KINDS.join(', ')}`, `kind of ${place}`, `"${line['kind']}"`);
    const item = itemIn(line, place, context, kind !== 'vote');
    const { rater = '' } = line;
    if (!isRaterId(rater)) {
      throw invalid(
        'votes',
        'up to 64 letters, digits and signs of .-_@:',
        `rater of ${place}`,
        `"${rater}"`,
      );
    }
    const { first, ms = '', scale = '', trial = '', time = '' } = line;
    const known = kind === 'vote' ? undefined : answerIn(line, 'known', item, place);
    if (ms !== '' && !(Number(ms) >= 0)) throw invalid('votes', 'milliseconds', `ms of ${place}`, `"${ms}"`);
    if (time !== '' && Number.isNaN(Date.parse(time)))
      throw invalid('votes', 'a time', `time of ${place}`, `"${time}"`);
    return {
      kind,
      item,
      answer: answerIn(line, 'answer', item, place),
      ...(known !== undefined && { known }),
      rater,
      ...((first === 'p0' || first === 'p1') && { first }),
      ...(ms !== '' && { ms: Number(ms) }),
      ...(scale !== '' && { scale }),
      ...(trial !== '' && { trial }),
      time: time === '' ? context.time : new Date(time).toISOString(),
    };
  });
}

/**
 * Counted votes of a file with columns `votes` and `yes`, or `share`.
 *
 * @throws LpipsError naming the first line that is none, or if the number of votes cannot be told
 */
export function sharesFromCsv(lines: readonly CsvLine[], context: Context): SharesRecord[] {
  const { source, time } = context;
  const counted = countShares(lines, 'votes', source);
  const seen = new Set<string>();
  return lines.map((line, index) => {
    const place = placeOf(index, source);
    const item = itemIn(line, place, context);
    if (seen.has(item)) throw invalid('votes', 'one line an item', place, `a second of "${item}"`);
    seen.add(item);
    return { kind: 'shares', item, ...at(counted, index), source, time };
  });
}

function answerIn(line: CsvLine, column: 'answer' | 'known', item: string, place: string): Answer {
  const given = line[column];
  const answer = answerOf(item, given ?? '');
  if (answer !== undefined) return answer;
  const expected = taskOf(item) === 'jnd' ? 'different (or 0) or same (or 1)' : 'p0 (or 0) or p1 (or 1)';
  throw invalid(
    'votes',
    expected,
    `${column} of ${place}`,
    given === undefined ? 'no such column' : `"${given}"`,
  );
}

/** @param isCatch whether it need not be an item of the folder: catch items may be others */
function itemIn(line: CsvLine, place: string, { items }: Context, isCatch = false): string {
  const { item = '' } = line;
  const ids = items.named(item);
  if (ids.length === 1) return at(ids, 0);
  if (isCatch && isItemId(item)) return item;
  const requirement = 'an item of the folder, such as 2afc/val/blur/000004,';
  throw invalid('votes', requirement, `item of ${place}`, items.describe(item));
}
