/**
 * @module
 * The modes "tune" and "scratch" of the paper: the backbone is trained together with its heads and the ranking network,
 * from the official weights or from random ones. Every step passes the images through the network and back.
 *
 * Dropout before the heads is drawn as in the mode "linear": as noise on the pooled vectors, with the mean and variance
 * that dropout gives them.
 */
import {
  add,
  concat1d,
  dispose,
  matMul,
  mul,
  reshape,
  type Scalar,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs';
import { type NetName, readsSynchronously, type WeightMap } from 'lpips-core';
import { takeValues } from 'lpips-node';
import type { Triplet } from '../data-set/layout.js';
import type { DistortionFolder } from '../data-set/scan-data-set.js';
import { pathsByRole } from '../extraction/list-items.js';
import { readPatches } from '../extraction/read-patch.js';
import { copyWeights } from '../networks/copy-weights.js';
import { headsAmong, oneByOneAmong } from '../networks/heads.js';
import { TrainableNetwork } from '../networks/trainable-network.js';
import { checkTrainable } from '../networks/training-kernels.js';
import { twoAfcScore } from '../scores/two-afc.js';
import { Adam } from './adam.js';
import { drawPooled } from './dropout-noise.js';
import { MeanLoss } from './mean-loss.js';
import { randomStream } from './random-streams.js';
import { RankingNetwork } from './ranking-network.js';
import { type Clamped, clampAtZero } from './recipe.js';
import { restoreWeights } from './restore-weights.js';
import type { HeldOut, Step, StepResult, Trainee } from './run-training.js';

/** Height and width of the images, as in BAPPS. */
const SIZE = 64;
const PIXELS = SIZE * SIZE * 3;
/** Held-out triplets in one pass. */
const CHUNK = 25;

/** What is trained, and how. */
export interface NetworkTraineeOptions {
  readonly net: NetName;
  readonly version: '0.1' | '0.0';
  readonly seed: number;
  /** Backbone and heads to begin with; copied. */
  readonly weights: WeightMap;
  /** `false` = train without noise. Default `true`. */
  readonly dropout?: boolean;
  /** What is clamped after a step. Default `'heads'`. */
  readonly clamp?: Clamped;
  /** Triplets for the final score, by distortion. */
  readonly test?: readonly DistortionFolder<Triplet>[];
  /** Called once, with the side of the first image that was scaled to 64x64. */
  readonly onScaled?: ((side: number) => void) | undefined;
}

/** A network and its ranking network, for `runTraining`. Call `dispose` when done. */
export class NetworkTrainee implements Trainee {
  /** The weights as they are now: the trainee's own arrays, not copies. */
  readonly weights: WeightMap;
  readonly #train: readonly Triplet[];
  readonly #held: readonly DistortionFolder<Triplet>[];
  readonly #options: NetworkTraineeOptions;
  readonly #network: TrainableNetwork;
  readonly #ranking: RankingNetwork;
  readonly #adam: Adam;
  /** Those of the weights that are clamped. */
  readonly #clampable: WeightMap;
  #hasScaled = false;

  /**
   * @param train triplets to learn from
   * @param held triplets to score on, by distortion
   * @throws LpipsError if the backend cannot train convolutions, or the weights belong to another network
   */
  constructor(
    train: readonly Triplet[],
    held: readonly DistortionFolder<Triplet>[],
    options: NetworkTraineeOptions,
  ) {
    checkTrainable('train');
    const { net, version, seed, weights, clamp = 'heads' } = options;
    this.#train = train;
    this.#held = held;
    this.#options = options;
    this.weights = copyWeights(weights);
    this.#clampable = clamp === 'trunk' ? oneByOneAmong(this.weights) : headsAmong(this.weights);
    this.#network = TrainableNetwork.fromWeights(this.weights, { net, version });
    this.#ranking = RankingNetwork.initial(randomStream(seed, 'ranking network'));
    this.#adam = new Adam(new Map([...this.weights, ...this.#ranking.weights]));
  }

  get triplets(): number {
    return this.#train.length;
  }

  kept(): WeightMap {
    return this.weights;
  }

  take(weights: WeightMap): void {
    restoreWeights('train', this.weights, weights);
    this.#network.assign(this.weights);
  }

  state(): WeightMap {
    return new Map([...this.weights, ...this.#ranking.weights, ...this.#adam.moments()]);
  }

  restore(state: WeightMap, steps: number): void {
    restoreWeights('train', new Map([...this.weights, ...this.#ranking.weights]), state);
    this.#adam.restore(state, steps);
    this.#network.assign(this.weights);
  }

  async step({ batch, index, learningRate, weightDecay }: Step): Promise<StepResult> {
    const items = Array.from(batch, (number) => this.#item(number));
    const [reference, p0, p1] = await this.#readParts(items);
    const judge = Float32Array.from(items, (item) => item.judge);
    let result = { loss: Number.NaN, agreement: Number.NaN };
    let ranked: ReadonlyMap<string, ArrayLike<number>> = new Map();
    /** Of all p0, then of all p1: `[2 · items]`. */
    const distances = (): Tensor1D => {
      const features = this.#network.features(reference);
      return concat1d([
        this.#noisyDistance(p0, features, { index, copy: 0 }),
        this.#noisyDistance(p1, features, { index, copy: 1 }),
      ]);
    };
    /** Gradient of the ranking loss with respect to the distances. */
    const rank = (values: Float32Array): Float32Array => {
      const [d0, d1] = [values.subarray(0, items.length), values.subarray(items.length)];
      const ranking = this.#ranking.rank(d0, d1, judge);
      const hasLoss = Number.isFinite(ranking.loss);
      const agreement = hasLoss ? twoAfcScore({ d0, d1, judge }) : Number.NaN;
      result = { loss: ranking.loss, agreement };
      ranked = ranking.weights;
      return Float32Array.of(...ranking.d0, ...ranking.d1);
    };
    let gradients: ReadonlyMap<string, Float32Array>;
    try {
      // The ranking network needs the distances in the middle of the step. A backend that cannot give them there computes
      // them once more before it.
      const early = readsSynchronously() ? undefined : rank(await takeValues(tidy(distances)));
      // A sum whose gradient with respect to the distances is that of the ranking loss.
      const surrogate = (): Scalar => {
        const both = distances();
        return sum<Scalar>(mul(both, tensor1d(early ?? rank(both.dataSync<'float32'>()))));
      };
      ({ gradients } = await this.#network.gradients(surrogate));
    } finally {
      dispose([reference, p0, p1]);
    }
    if (!Number.isFinite(result.loss)) return { ...result, clamped: 0 };
    this.#adam.step(new Map([...gradients, ...ranked]), learningRate, weightDecay);
    const clamped = clampAtZero(this.#clampable);
    this.#network.assign(this.weights);
    return { ...result, clamped };
  }

  async heldOut(): Promise<HeldOut> {
    return await this.#scoresOn(this.#held);
  }

  async test(): Promise<HeldOut['scores'] | undefined> {
    const { test = [] } = this.#options;
    return test.length === 0 ? undefined : (await this.#scoresOn(test)).scores;
  }

  async #scoresOn(folders: readonly DistortionFolder<Triplet>[]): Promise<HeldOut> {
    const scores: [distortion: string, score: number][] = [];
    const losses = new MeanLoss();
    for (const { distortion, items } of folders) {
      const [d0, d1] = [new Float64Array(items.length), new Float64Array(items.length)];
      for (let start = 0; start < items.length; start += CHUNK) {
        const [reference, p0, p1] = await this.#readParts(items.slice(start, start + CHUNK));
        const used: Tensor[] = [reference, p0, p1];
        try {
          const [near, far] = tidy((): [Tensor1D, Tensor1D] => {
            const features = this.#network.features(reference);
            const distanceOf = (images: Tensor4D): Tensor1D =>
              this.#network.distance(this.#network.features(images), features);
            return [distanceOf(p0), distanceOf(p1)];
          });
          used.push(near, far);
          d0.set(await near.data(), start);
          d1.set(await far.data(), start);
        } finally {
          dispose(used);
        }
      }
      const judge = Float32Array.from(items, (item) => item.judge);
      scores.push([distortion, twoAfcScore({ d0, d1, judge })]);
      losses.add(this.#ranking.rank(d0, d1, judge).loss, judge.length);
    }
    // By assignment, an item "__proto__" would be none.
    return { scores: Object.fromEntries(scores), loss: losses.mean };
  }

  /** Releases the network. */
  dispose(): void {
    this.#network.dispose();
  }

  /** The distance under dropout `[batch]`. Each copy of each step has noise of its own. */
  #noisyDistance(
    images: Tensor4D,
    reference: readonly Tensor4D[],
    { index, copy }: { index: number; copy: number },
  ): Tensor1D {
    const { seed, dropout = true } = this.#options;
    const features = this.#network.features(images);
    if (!dropout) return this.#network.distance(features, reference);
    const { means, deviations } = this.#network.moments(features, reference);
    const [batch, channels] = means.shape;
    const noise = tensor2d(unitNoise(batch, channels, seed, 2 * index + copy), [batch, channels]);
    return reshape(matMul(add(means, mul(deviations, noise)), this.#network.headColumn()), [-1]);
  }

  /** References, first and second copies, float32 `[items, 64, 64, 3]` in [-1, 1]; the caller disposes. */
  async #readParts(items: readonly Triplet[]): Promise<[Tensor4D, Tensor4D, Tensor4D]> {
    const { length } = items;
    const { pixels, scaledFrom } = await readPatches(pathsByRole(items), length, SIZE);
    if (scaledFrom !== undefined && !this.#hasScaled) this.#options.onScaled?.(scaledFrom);
    this.#hasScaled ||= scaledFrom !== undefined;
    const part = (role: number): Tensor4D =>
      tensor4d(pixels.slice(role * length * PIXELS, (role + 1) * length * PIXELS), [length, SIZE, SIZE, 3]);
    return [part(0), part(1), part(2)];
  }

  #item(number: number): Triplet {
    const item = this.#train[number];
    if (!item) throw new RangeError(`NetworkTrainee: no triplet ${number}`);
    return item;
  }
}

/** Noise of mean 0 and variance 1, `[rows, channels]`. */
function unitNoise(rows: number, channels: number, seed: number, index: number): Float32Array {
  const moments = new Float32Array(2 * rows * channels); // means 0 and deviations 1, row by row
  for (let row = 0; row < rows; row++) moments.fill(1, (2 * row + 1) * channels, (2 * row + 2) * channels);
  const noise = new Float32Array(rows * channels);
  drawPooled(moments, { rows, channels }, randomStream(seed, 'dropout', index), noise);
  return noise;
}
