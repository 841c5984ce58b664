/**
 * @module
 * The mode "linear" of the paper: heads on a fixed network are trained together with the ranking network. On extracted
 * vectors a step is two small matrix products.
 */
import type { WeightMap } from 'lpips-core';
import type { PooledView } from '../extraction/open-extraction.js';
import type { PooledHeads } from '../networks/pooled-heads.js';
import { twoAfcScore } from '../scores/two-afc.js';
import { float32At } from '../typed-reads.js';
import { Adam } from './adam.js';
import { drawPooled } from './dropout-noise.js';
import { type InitialHeads, initialHeads } from './initial-weights.js';
import { MeanLoss } from './mean-loss.js';
import { randomStream } from './random-streams.js';
import { RankingNetwork } from './ranking-network.js';
import { clampAtZero } from './recipe.js';
import { restoreWeights } from './restore-weights.js';
import type { HeldOut, Step, StepResult, Trainee } from './run-training.js';

/** Held-out items in one read. */
const CHUNK = 256;

/** How heads are trained. */
export interface HeadsTraineeOptions {
  readonly seed: number;
  readonly initial: InitialHeads;
  /** `false` = train on the means alone. Default `true`. */
  readonly dropout?: boolean;
  /** Triplets for the final score. */
  readonly test?: PooledView | undefined;
}

/** Triplets with judgements to learn from. */
export type JudgedItems = Pick<PooledView, 'manifest' | 'count' | 'judgements' | 'read'>;

/** Heads and their ranking network, for `runTraining`. */
export class HeadsTrainee implements Trainee {
  readonly heads: PooledHeads;
  readonly #train: JudgedItems;
  readonly #held: PooledView | undefined;
  readonly #options: HeadsTraineeOptions;
  readonly #ranking: RankingNetwork;
  readonly #adam: Adam;

  /**
   * @param train triplets to learn from
   * @param held triplets to score on
   */
  constructor(train: JudgedItems, held: PooledView | undefined, options: HeadsTraineeOptions) {
    const { seed, initial } = options;
    this.#train = train;
    this.#held = held;
    this.#options = options;
    this.heads = initialHeads(train.manifest.channels, initial, seed);
    this.#ranking = RankingNetwork.initial(randomStream(seed, 'ranking network'));
    this.#adam = new Adam(new Map([...this.heads.weights, ...this.#ranking.weights]));
  }

  get triplets(): number {
    return this.#train.count;
  }

  kept(): WeightMap {
    return this.heads.weights;
  }

  take(weights: WeightMap): void {
    restoreWeights('train', this.heads.weights, weights);
  }

  state(): WeightMap {
    return new Map([...this.heads.weights, ...this.#ranking.weights, ...this.#adam.moments()]);
  }

  restore(state: WeightMap, steps: number): void {
    restoreWeights('train', new Map([...this.heads.weights, ...this.#ranking.weights]), state);
    this.#adam.restore(state, steps);
  }

  step({ batch, index, learningRate, weightDecay }: Step): StepResult {
    const { channels } = this.heads;
    const moments = this.#train.read(batch);
    const pooled = this.#draw(moments, batch.length, index);
    const [d0, d1] = this.#pairDistances(pooled, batch.length, channels);
    const judge = Float32Array.from(batch, (item) => float32At(this.#train.judgements, item));
    const ranking = this.#ranking.rank(d0, d1, judge);
    const dy = new Float64Array(2 * batch.length); // of p0 and p1 by turns, as their vectors are
    for (const [item, gradient] of ranking.d0.entries()) dy[2 * item] = gradient;
    for (const [item, gradient] of ranking.d1.entries()) dy[2 * item + 1] = gradient;
    if (!Number.isFinite(ranking.loss)) return { loss: ranking.loss, agreement: Number.NaN, clamped: 0 };
    this.#adam.step(
      new Map([...this.heads.gradients(pooled, dy), ...ranking.weights]),
      learningRate,
      weightDecay,
    );
    const clamped = clampAtZero(this.heads.weights);
    return { loss: ranking.loss, agreement: twoAfcScore({ d0, d1, judge }), clamped };
  }

  heldOut(): HeldOut {
    return this.#scoresOn(this.#held);
  }

  test(): HeldOut['scores'] | undefined {
    const { test } = this.#options;
    return test && this.#scoresOn(test).scores;
  }

  #scoresOn(held: PooledView | undefined): HeldOut {
    if (!held) return { scores: {}, loss: undefined };
    const scores: [distortion: string, score: number][] = [];
    const losses = new MeanLoss();
    for (const { distortion, first, count } of held.groups) {
      const [d0, d1] = [new Float64Array(count), new Float64Array(count)];
      for (let start = 0; start < count; start += CHUNK) {
        const items = Array.from({ length: Math.min(CHUNK, count - start) }, (_, i) => first + start + i);
        const [near, far] = this.#pairDistances(held.read(items), items.length, 2 * held.channels);
        d0.set(near, start);
        d1.set(far, start);
      }
      const judge = held.judgements.subarray(first, first + count);
      scores.push([distortion, twoAfcScore({ d0, d1, judge })]);
      losses.add(this.#ranking.rank(d0, d1, judge).loss, judge.length);
    }
    // By assignment, an item "__proto__" would be none.
    return { scores: Object.fromEntries(scores), loss: losses.mean };
  }

  /**
   * What the ranking network expects of people.
   *
   * @param moments of triplets, `[items, 2, 2, channels]`, as `PooledItems.read` gives them
   * @returns `[items]`, in (0, 1): the share that prefers p1
   */
  predict(moments: Float32Array): Float64Array {
    const [d0, d1] = this.distances(moments);
    return this.#ranking.rank(d0, d1, new Float64Array(d0.length)).predicted;
  }

  /** Distances of p0 and of p1 of the same triplets. */
  distances(moments: Float32Array): [Float64Array, Float64Array] {
    const { channels } = this.heads;
    return this.#pairDistances(moments, moments.length / (4 * channels), 2 * channels);
  }

  /** `[2 · items, channels]`: the vectors under dropout, or their means. */
  #draw(moments: Float32Array, items: number, index: number): Float32Array {
    const { channels } = this.heads;
    const { seed, dropout = true } = this.#options;
    const pooled = new Float32Array(2 * items * channels);
    if (dropout) {
      drawPooled(moments, { rows: 2 * items, channels }, randomStream(seed, 'dropout', index), pooled);
    } else {
      for (let row = 0; row < 2 * items; row++) {
        const start = 2 * row * channels;
        pooled.set(moments.subarray(start, start + channels), row * channels);
      }
    }
    return pooled;
  }

  /** Distances of p0 and of p1. Their vectors alternate, each at the beginning of a row of `rowLength` values. */
  #pairDistances(rows: Float32Array, items: number, rowLength: number): [Float64Array, Float64Array] {
    const stride = 2 * rowLength;
    return [
      this.heads.distances(rows, items, { stride }),
      this.heads.distances(rows, items, { stride, offset: rowLength }),
    ];
  }
}
