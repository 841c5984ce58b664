/**
 * @module
 * What a journal says so far: who voted for what. One vote of a rater on an item counts, which is the first. Of shares from a source,
 * the last ones on an item count, so that an import can be put right.
 */
import {
  isYes,
  type JournalRecord,
  type RaterRecord,
  type SharesRecord,
  type VoteRecord,
} from './vote-records.js';

/** How many people were asked about an item, and how many said yes: p1 is nearer, or the two are the same. */
export interface Tally {
  readonly votes: number;
  readonly yes: number;
}

/** The records of a journal, by rater and by item. Records are added as they are written. */
export class VoteLog {
  readonly raters = new Map<string, RaterRecord>();
  /** Votes that count, in their order. */
  readonly votes: VoteRecord[] = [];
  /** Votes on trials with a known answer. */
  readonly checks: VoteRecord[] = [];
  readonly #byTrial = new Map<string, VoteRecord>();
  readonly #byItem = new Map<string, Map<string, VoteRecord>>();
  readonly #byRater = new Map<string, VoteRecord[]>();
  /** By item and source. */
  readonly #sharesOf = new Map<string, Map<string, SharesRecord>>();

  constructor(records: Iterable<JournalRecord> = []) {
    for (const record of records) this.add(record);
  }

  add(record: JournalRecord): void {
    if (record.kind === 'rater') this.raters.set(record.rater, record);
    else if (record.kind === 'shares') {
      const bySource = entryOf(this.#sharesOf, record.item, () => new Map<string, SharesRecord>());
      bySource.set(record.source, record);
    } else this.#addVote(record);
  }

  #addVote(record: VoteRecord): void {
    const { kind, item, rater, trial } = record;
    if (trial !== undefined) {
      if (this.#byTrial.has(trial)) return;
      this.#byTrial.set(trial, record);
    }
    if (kind === 'vote') {
      const raters = entryOf(this.#byItem, item, () => new Map<string, VoteRecord>());
      if (raters.has(rater)) return;
      raters.set(rater, record);
      this.votes.push(record);
    } else this.checks.push(record);
    entryOf(this.#byRater, rater, () => []).push(record);
  }

  /** The vote on a trial. */
  ofTrial(trial: string): VoteRecord | undefined {
    return this.#byTrial.get(trial);
  }

  /** Votes of a rater that count, and those on trials with a known answer, in their order. */
  ofRater(rater: string): readonly VoteRecord[] {
    return this.#byRater.get(rater) ?? [];
  }

  /** Votes on an item that count. */
  ofItem(item: string): Iterable<VoteRecord> {
    return this.#byItem.get(item)?.values() ?? [];
  }

  /** The votes on every item that has some, those of shares too, in the order of their ids. */
  tallies(): Map<string, Tally> {
    const items = [...new Set([...this.#byItem.keys(), ...this.#sharesOf.keys()])].sort();
    return new Map(items.map((item) => [item, this.#tally(item)]));
  }

  #tally(item: string): Tally {
    const yes = [...this.ofItem(item)].filter(({ answer }) => isYes(answer)).length;
    const counted = this.#sharesOn(item).reduce((sum, one) => sum + one.yes, 0);
    return { votes: this.count(item), yes: yes + counted };
  }

  /** Number of votes on an item, those of shares too. */
  count(item: string): number {
    const counted = this.#sharesOn(item).reduce((sum, { votes }) => sum + votes, 0);
    return counted + (this.#byItem.get(item)?.size ?? 0);
  }

  #sharesOn(item: string): readonly SharesRecord[] {
    return [...(this.#sharesOf.get(item)?.values() ?? [])];
  }

  /** Whether a rater has voted on an item. */
  hasVoted(rater: string, item: string): boolean {
    return this.#byItem.get(item)?.has(rater) ?? false;
  }

  /**
   * Whether a record says what is not known: a vote on another trial or item, or shares from another source or with other numbers.
   */
  isNew(record: JournalRecord): boolean {
    if (record.kind === 'rater') return !this.raters.has(record.rater);
    if (record.kind === 'shares') {
      const known = this.#sharesOf.get(record.item)?.get(record.source);
      return known?.votes !== record.votes || known.yes !== record.yes;
    }
    const { kind, trial, rater, item, time } = record;
    if (trial !== undefined) return !this.#byTrial.has(trial);
    if (kind === 'vote') return !this.hasVoted(rater, item);
    return !this.ofRater(rater).some((one) => one.kind === kind && one.item === item && one.time === time);
  }
}

/** The value of a key, made where it is missing. */
function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
