/**
 * @module
 * Votes as CSV (RFC 4180). One line a vote:
 *
 *     item,kind,answer,known,rater,first,ms,scale,trial,time
 *     2afc/val/blur/000004,vote,p1,,5f0c…,p0,1840,3,…,2026-01-31T09:00:05.000Z
 *
 * of which `item`, `answer` and `rater` are needed when it is read. Or one line an item, for people of whom nothing else is known:
 *
 *     item,votes,yes,share
 *     2afc/val/blur/000004,5,3,0.6
 *
 * of which `item` with `share` is enough, if all shares are those of one number of votes, or `item` with `votes` and `yes`.
 */
import { at, invalid } from 'lpips-core';
import { csvField } from 'lpips-node/files';
import type { CsvLine } from '../files/csv-lines.js';
import { votesBehind } from '../scores/two-afc.js';
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
  /** Ids of all items that there are. */
  readonly items: ReadonlySet<string>;
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
    const place = placeOf(index, context);
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
  const isCounted = at(lines, 0)['yes'] !== undefined;
  const shares = isCounted
    ? []
    : lines.map((line, index) => numberIn(line, 'share', placeOf(index, context), 1));
  const counted = at(lines, 0)['votes'] === undefined ? votesBehind([shares]) : undefined;
  return lines.map((line, index) => {
    const place = placeOf(index, context);
    const item = itemIn(line, place, context);
    const votes = counted ?? numberIn(line, 'votes', place, Number.MAX_SAFE_INTEGER);
    const yes = isCounted ? numberIn(line, 'yes', place, votes) : at(shares, index) * votes;
    const whole = Math.round(yes);
    const isWhole = Number.isSafeInteger(votes) && votes >= 1 && Math.abs(yes - whole) < 1e-4 * votes;
    if (!isWhole) throw invalid('votes', 'a whole number of votes', place, `${yes} of ${votes}`);
    return { kind: 'shares', item, votes, yes: whole, source: context.source, time: context.time };
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
  const item = line['item'];
  if (item !== undefined && (items.has(item) || (isCatch && isItemId(item)))) return item;
  const got = item === undefined ? 'no such column' : `"${item}"`;
  throw invalid('votes', 'an item of the folder, such as 2afc/val/blur/000004,', `item of ${place}`, got);
}

function numberIn(line: CsvLine, column: string, place: string, most: number): number {
  const text = line[column] ?? '';
  const value = text === '' ? Number.NaN : Number(text);
  if (value >= 0 && value <= most) return value;
  const got = line[column] === undefined ? 'no such column' : `"${text}"`;
  throw invalid(
    'votes',
    most === 1 ? 'a share in [0, 1]' : `a number from 0 to ${most}`,
    `${column} of ${place}`,
    got,
  );
}

function placeOf(index: number, { source }: Context): string {
  return `line ${index + 2} of ${source}`;
}
