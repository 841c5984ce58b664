/**
 * @module
 * What is known of how a rater judges: trials with a known answer, agreement with the others, sides, time. By these a researcher
 * decides whose votes count.
 */
import { quantileOf } from '../scores/bootstrap.js';
import type { VoteLog } from './vote-log.js';
import type { JournalRecord } from './vote-records.js';

/** How many of how many. */
export interface Share {
  readonly part: number;
  readonly whole: number;
}

/** What is known of a rater. */
export interface RaterSummary {
  readonly rater: string;
  /** Votes that count. */
  readonly votes: number;
  /** Catch trials, and those of them that were answered as is known. */
  readonly catches: Share;
  /** Pairs of a vote of this rater and one of another on the same item, and those of them that agree. */
  readonly agreement: Share;
  /** Votes whose sides are known, and those of them for what stood at the left; of triplets alone. */
  readonly left: Share;
  /** Median time of a vote in milliseconds; NaN where none is known. */
  readonly medianMs: number;
  /** Time of all answers together in milliseconds, practice and catch trials too. */
  readonly totalMs: number;
}

/** Summaries of all who voted, in the order of their first answers. */
export function summarizeRaters(log: VoteLog): RaterSummary[] {
  const raters = new Set([...log.raters.keys(), ...log.votes.map(({ rater }) => rater)]);
  return [...raters]
    .map((rater) => summarize(rater, log))
    .filter(({ votes, catches }) => votes + catches.whole > 0);
}

function summarize(rater: string, log: VoteLog): RaterSummary {
  const answers = log.ofRater(rater);
  const votes = answers.filter(({ kind }) => kind === 'vote');
  const catches = answers.filter(({ kind }) => kind === 'catch');
  const others = votes.flatMap((vote) =>
    [...log.ofItem(vote.item)]
      .filter((other) => other.rater !== rater)
      .map((other) => other.answer === vote.answer),
  );
  const sided = votes.filter(({ first, answer }) => first !== undefined && /^p[01]$/.test(answer));
  const times = votes.flatMap(({ ms }) => (ms === undefined ? [] : [ms]));
  return {
    rater,
    votes: votes.length,
    catches: shareOf(catches, ({ answer, known }) => answer === known),
    agreement: shareOf(others, (agrees) => agrees),
    left: shareOf(sided, ({ first, answer }) => first === answer),
    medianMs: quantileOf(Float64Array.from(times).sort(), 0.5),
    totalMs: answers.reduce((sum, { ms = 0 }) => sum + ms, 0),
  };
}

function shareOf<Item>(items: readonly Item[], isPart: (item: Item) => boolean): Share {
  return { part: items.filter(isPart).length, whole: items.length };
}

/** Whose votes do not count. */
export interface Exclusion {
  /** Ids of raters. */
  readonly raters?: readonly string[];
  /** Raters who answered a smaller share of their catch trials as is known. Who had none stays. */
  readonly catchBelow?: number;
}

/** The raters that are excluded, in the order of the summaries. */
export function excludedRaters(
  summaries: readonly RaterSummary[],
  { raters = [], catchBelow = 0 }: Exclusion,
): string[] {
  return summaries
    .filter(({ rater, catches: { part, whole } }) => raters.includes(rater) || part < catchBelow * whole)
    .map(({ rater }) => rater);
}

/** Records without those of some raters. */
export function withoutRaters(
  records: readonly JournalRecord[],
  excluded: readonly string[],
): JournalRecord[] {
  return records.filter((record) => record.kind === 'shares' || !excluded.includes(record.rater));
}
