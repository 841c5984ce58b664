/**
 * @module
 * The order in which the triplets come on which heads disagree that were trained on the votes so far. They are trained anew after
 * every few votes, between the requests of raters, who get the order of the last training meanwhile.
 */
import { setImmediate } from 'node:timers/promises';
import { HeadsCommittee } from '../committee/heads-committee.js';
import type { ItemPool } from '../committee/item-pool.js';
import type { VoteLog } from '../votes/vote-log.js';

/** Votes before the first training; until then the order is random. */
const FIRST_VOTES = 50;
/** New votes after which heads are trained again. */
const EACH_VOTES = 25;

/** Ends a training. */
class Closed extends Error {}

/** What is expected of a vote on each triplet. */
export class UncertainOrder {
  readonly #pool: ItemPool;
  readonly #log: VoteLog;
  readonly #onFault: (sentence: string) => void;
  #disagreement: ReadonlyMap<string, number> = new Map();
  #trainedOn = 0;
  #training: Promise<void> | undefined;
  #isClosed = false;

  constructor(pool: ItemPool, log: VoteLog, onFault: (sentence: string) => void) {
    this.#pool = pool;
    this.#log = log;
    this.#onFault = onFault;
  }

  /** How far the heads disagree on an item; undefined before the first training, and of an item without vectors. */
  of(item: string): number | undefined {
    return this.#disagreement.get(item);
  }

  /** Trains in the background if there are enough new votes. */
  update(): void {
    const votes = this.#log.votes.length;
    const isDue = this.#trainedOn === 0 ? votes >= FIRST_VOTES : votes - this.#trainedOn >= EACH_VOTES;
    if (!isDue || this.#training || this.#isClosed) return;
    this.#training = this.#train().catch((error: unknown) => {
      if (error instanceof Closed) return;
      this.#onFault(`bapps: ${error instanceof Error ? error.message : String(error)}`);
    });
    void this.#training.finally(() => {
      this.#training = undefined;
    });
  }

  /** Ends a training that is under way, and closes the files of the vectors. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#training;
    this.#pool.close();
  }

  /** Resolves once no training is under way. */
  async settled(): Promise<void> {
    await this.#training;
  }

  async #train(): Promise<void> {
    const votes = this.#log.votes.flatMap(({ item, answer }) => {
      const row = this.#pool.rowOf(item);
      return row === undefined ? [] : [{ row, yes: answer === 'p1' }];
    });
    this.#trainedOn = this.#log.votes.length;
    if (votes.length === 0) return;
    const seed = this.#trainedOn;
    const onStep = async () => {
      await setImmediate();
      if (this.#isClosed) throw new Closed();
    };
    const committee = await HeadsCommittee.train(this.#pool, votes, { seed, onStep });
    const values = committee.disagreement(this.#pool.ids.map((_, row) => row));
    this.#disagreement = new Map(this.#pool.ids.map((id, row) => [id, values[row] ?? 0]));
  }
}
