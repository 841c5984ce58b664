/**
 * @module
 * Compares pairs of two folders, in this thread or on several. The metric stays open, and so do its threads.
 */
import type { Lpips } from 'lpips-core';
import type { BackendName } from '../backends/candidates.js';
import { type ImagePair, largestOf, pixelsOf } from '../comparing/compare-images.js';
import { type ComparedPair, comparePair } from '../comparing/compare-pairs.js';
import { comparePairsInWorkers } from '../workers/compare-in-workers.js';
import { computeOn } from '../workers/kernel-threads.js';
import type { MetricPool } from '../workers/metric-pool.js';
import { planWorkers } from '../workers/plan-workers.js';
import { openWorkers } from './in-workers.js';
import type { OpenMetric } from './metric-options.js';

/** Called with the number of pairs that are compared, and with what is being done with the next one. */
export type OnCompared = (pairs: number, note?: string) => void;

/** Compares pairs. The caller calls `close`. */
export class PairComparer {
  readonly #lpips: Lpips;
  readonly #backend: BackendName;
  readonly #requested: number | undefined;
  readonly #onNote: (note: string) => void;
  /** Undefined where one thread, this one, is enough. */
  #pool: MetricPool | undefined;
  #isOpenHere = false;
  #onCompared: OnCompared | undefined;
  #done = 0;

  /**
   * @param metric which this comparer disposes
   * @param workers threads that are asked for
   * @param onNote called with what the user should know of the number of threads
   */
  constructor(
    { lpips, backend }: OpenMetric,
    { workers, onNote }: { readonly workers: number | undefined; readonly onNote: (note: string) => void },
  ) {
    this.#lpips = lpips;
    this.#backend = backend.name;
    this.#requested = workers;
    this.#onNote = onNote;
  }

  /** The distances of pairs in order, or what of them cannot be read. The first call decides how many threads there are. */
  async compare(pairs: readonly ImagePair[], onCompared?: OnCompared): Promise<ComparedPair[]> {
    this.#onCompared = onCompared;
    this.#done = 0;
    if (this.#pool === undefined && !this.#isOpenHere) await this.#open(pairs);
    if (this.#pool) return await comparePairsInWorkers(this.#pool, pairs);
    const compared: ComparedPair[] = [];
    for (const { image, reference } of pairs) {
      const onTile = (done: number, total: number) =>
        onCompared?.(compared.length, `tile ${done} of ${total}`);
      compared.push(await comparePair(this.#lpips, image, reference, onTile));
      onCompared?.(compared.length);
    }
    return compared;
  }

  async close(): Promise<void> {
    await this.#pool?.close();
    this.#lpips.dispose();
  }

  async #open(pairs: readonly ImagePair[]): Promise<void> {
    const references = pairs.map(({ reference }) => reference);
    const plan = planWorkers(this.#requested, {
      net: this.#lpips.net,
      backend: this.#backend,
      tasks: pairs.length,
      pixels: 2 * references.reduce((sum, reference) => sum + pixelsOf(reference), 0),
      largest: largestOf(references),
    });
    if (plan.note !== undefined) this.#onNote(plan.note);
    if (plan.workers === 1) {
      this.#isOpenHere = true;
      if (this.#requested === 1) await computeOn(1, this.#backend);
      return;
    }
    this.#pool = await openWorkers({ lpips: this.#lpips, backend: this.#backend }, plan, () =>
      this.#onCompared?.(++this.#done),
    );
  }
}
