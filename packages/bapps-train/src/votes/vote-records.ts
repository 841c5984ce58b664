/**
 * @module
 * The lines of a journal of votes. Each is one JSON object:
 *
 *     {"kind":"rater","rater":"5f0c…","consent":"<sha256 of the text>","time":"2026-01-31T09:00:00.000Z"}
 *     {"kind":"vote","item":"2afc/val/blur/000004","answer":"p1","rater":"5f0c…","first":"p0","ms":1840,"scale":"3",…}
 *     {"kind":"shares","item":"2afc/val/blur/000004","votes":5,"yes":3,"source":"judgements.csv","time":"…"}
 *
 * A `catch` and a `practice` line are votes on trials whose answer is known, which stands in `known`. They are no votes on
 * the item whose pictures they were made from.
 */
import { invalid } from 'lpips-core';
import { SPLITS, TASKS, type Task } from '../data-set/layout.js';
import { parseJson } from '../files/parse-json.js';

/** What people can say of a triplet (which copy is nearer) and of a pair. */
const ANSWERS = { '2afc': ['p0', 'p1'], jnd: ['different', 'same'] } as const;

/** What somebody said. */
export type Answer = (typeof ANSWERS)[Task][number];

/** What a trial was for. */
export const TRIAL_KINDS = ['vote', 'catch', 'practice'] as const;
export type TrialKind = (typeof TRIAL_KINDS)[number];

/** Somebody who gave consent. Nothing is known of a rater but a random id. */
export interface RaterRecord {
  readonly kind: 'rater';
  readonly rater: string;
  /** sha256 of the text that the rater agreed to, hexadecimal. */
  readonly consent: string;
  /** ISO 8601, UTC. */
  readonly time: string;
}

/** What one rater said of one trial. */
export interface VoteRecord {
  readonly kind: TrialKind;
  /** `2afc/val/blur/000004` */
  readonly item: string;
  readonly answer: Answer;
  /** Of trials whose answer is known: that answer. */
  readonly known?: Answer;
  readonly rater: string;
  /** The copy that stood at the left, or was shown first. Unknown of imported votes. */
  readonly first?: 'p0' | 'p1';
  /** Milliseconds from the moment the pictures were shown, as the page measured them. */
  readonly ms?: number;
  /** Screen pixels for each pixel of the pictures: `3`, or `1/2`. */
  readonly scale?: string;
  /** Random id of the trial. */
  readonly trial?: string;
  readonly time: string;
}

/** Votes of unknown people, counted elsewhere. */
export interface SharesRecord {
  readonly kind: 'shares';
  readonly item: string;
  /** People who were asked, ≥ 1. */
  readonly votes: number;
  /** Those who preferred p1, or who saw no difference. */
  readonly yes: number;
  /** Name of the file that they came from. */
  readonly source: string;
  readonly time: string;
}

export type JournalRecord = RaterRecord | VoteRecord | SharesRecord;

const ITEM = new RegExp(`^(${TASKS.join('|')})/(${SPLITS.join('|')})/[^/]+/[^/]+$`);
/** No sign at the beginning that a spreadsheet takes for a formula. */
const RATER = /^\w[\w.@:-]{0,63}$/;

/** Whether a text can be the id of a rater: up to 64 letters, digits and `.-_@:`. */
export function isRaterId(value: unknown): boolean {
  return typeof value === 'string' && RATER.test(value);
}

/** The task of an item, which its id begins with. */
export function taskOf(item: string): Task {
  return item.startsWith('jnd/') ? 'jnd' : '2afc';
}

/** Whether an answer is one that counts as yes in a judgement: p1 is nearer, or the two are the same. */
export function isYes(answer: Answer): boolean {
  return answer === 'p1' || answer === 'same';
}

/** Whether somebody can say this of an item. */
export function isAnswer(item: string, value: unknown): value is Answer {
  return ANSWERS[taskOf(item)].some((answer) => answer === value);
}

/** What a text says of an item; 0 is no (p0, different), and 1 yes. Undefined of anything else. */
export function answerOf(item: string, text: string): Answer | undefined {
  const [no, yes] = ANSWERS[taskOf(item)];
  const answer = text === '0' ? no : text === '1' ? yes : text;
  return isAnswer(item, answer) ? answer : undefined;
}

/**
 * Reads a line.
 *
 * @param place names the line in errors
 * @throws LpipsError if it is no line of a journal
 */
export function parseRecord(text: string, place: string): JournalRecord {
  const record = recordIn(text);
  if (record) return record;
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  const advice = 'Delete the line, or bring back the file as it was.';
  throw invalid('votes', 'a line of a journal', place, shown, advice);
}

/** @returns undefined of anything but a whole line */
export function recordIn(text: string): JournalRecord | undefined {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const record = value as Partial<Record<string, unknown>>;
  if (typeof record['time'] !== 'string' || Number.isNaN(Date.parse(record['time']))) return undefined;
  if (record['kind'] === 'rater') {
    const isWhole = isRaterId(record['rater']) && typeof record['consent'] === 'string';
    return isWhole ? (value as RaterRecord) : undefined;
  }
  if (!isItemId(record['item'])) return undefined;
  if (record['kind'] === 'shares') {
    const { votes, yes, source } = record;
    const isWhole = isCount(votes, 1) && isCount(yes) && yes <= votes && typeof source === 'string';
    return isWhole ? (value as SharesRecord) : undefined;
  }
  return isVote(record, record['item']) ? (value as VoteRecord) : undefined;
}

/** Whether a value can be the id of an item. */
export function isItemId(value: unknown): value is string {
  return typeof value === 'string' && ITEM.test(value);
}

function isVote(record: Partial<Record<string, unknown>>, item: string): boolean {
  const { kind, answer, known, rater, first, ms, scale, trial } = record;
  return (
    TRIAL_KINDS.some((one) => one === kind) &&
    isAnswer(item, answer) &&
    (kind === 'vote' ? known === undefined : isAnswer(item, known)) &&
    isRaterId(rater) &&
    (first === undefined || first === 'p0' || first === 'p1') &&
    (ms === undefined || (typeof ms === 'number' && ms >= 0)) &&
    (scale === undefined || typeof scale === 'string') &&
    (trial === undefined || typeof trial === 'string')
  );
}

function isCount(value: unknown, least = 0): value is number {
  return Number.isSafeInteger(value) && Number(value) >= least;
}
