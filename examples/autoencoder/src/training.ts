/**
 * @module
 * Trains the autoencoder under a loss. A training is a row of equal stretches, each begun from a checkpoint alone: weights,
 * Adam's moments and the step; the stretch's patches and offsets follow from the seed. So a run that was stopped and resumed
 * is the same to the last bit as one that was not.
 */
import {
  gather,
  type LayersModel,
  mean,
  type Scalar,
  type Tensor,
  type Tensor4D,
  train,
} from '@tensorflow/tfjs';
import type { WeightMap } from 'lpips-core';
import { checkLoss, type SampleLoss } from 'lpips-loss';
import { seededRandom, seedOf, wholeBetween } from 'lpips-pictures';
import { restoreState, saveState } from './training-state.js';

/** Height and width of the patches, in pixels. */
export const SIDE = 64;
/** Share of the steps over which the learning rate falls to 0 at the end. */
const COOLING = 0.3;

/** How long and how fast. */
export interface Recipe {
  readonly seed: number;
  readonly steps: number;
  /** Steps between two checkpoints. */
  readonly stretch: number;
  /** Patches in a step. */
  readonly batch: number;
  readonly learningRate: number;
}

/** What a stretch needs. */
export interface Stretch {
  readonly model: LayersModel;
  /** `[patches, 64, 64, 3]` in [-1, 1], from which each step draws its own. */
  readonly patches: Tensor4D;
  /** Made anew for each stretch: random offsets begin with a seed. */
  readonly lossFrom: (seed: number) => SampleLoss;
  readonly recipe: Recipe;
  readonly onStep: (step: number, loss: number) => Promise<void>;
}

/** Where a stretch ended. */
export interface StretchEnd {
  readonly step: number;
  /** Weights and moments. */
  readonly state: WeightMap;
  /** Mean loss over its steps. */
  readonly loss: number;
  readonly seconds: number;
}

/**
 * Trains from a checkpoint to the next one.
 *
 * @param from step and state of the checkpoint; without state, training begins with the model's own weights
 * @throws LpipsError naming the step, if the loss is no finite number
 */
export async function trainStretch(
  { model, patches, lossFrom, recipe, onStep }: Stretch,
  { step: first, state }: { readonly step: number; readonly state?: WeightMap },
): Promise<StretchEnd> {
  const { seed, steps, stretch, batch, learningRate } = recipe;
  const optimizer = train.adam(learningRate);
  const learners = { models: { model }, optimizers: { adam: optimizer } };
  if (state) await restoreState(learners, state);
  const lossOf = lossFrom(seedOf(seed, 'offsets', first));
  const last = Math.min(first + stretch, steps);
  let [sum, milliseconds] = [0, 0];
  for (let step = first; step < last; step++) {
    const random = seededRandom(seedOf(seed, 'step', step));
    const drawn = Array.from({ length: batch }, () => wholeBetween(random, 0, patches.shape[0] - 1));
    const pictures = gather(patches, drawn);
    const started = performance.now();
    const cooled = Math.min(1, (steps - step) / (COOLING * steps));
    Object.assign(optimizer, { learningRate: learningRate * cooled }); // read anew at every step
    const cost = optimizer.minimize(
      () => mean<Scalar>(lossOf(pictures, model.apply(pictures, { training: true }) as Tensor)),
      true,
    );
    const [loss = Number.NaN] = cost ? await cost.data() : [];
    milliseconds += performance.now() - started;
    cost?.dispose();
    pictures.dispose();
    checkLoss(step + 1, loss);
    sum += loss;
    await onStep(step + 1, loss);
  }
  const saved = await saveState(learners);
  optimizer.dispose();
  return { step: last, state: saved, loss: sum / (last - first), seconds: milliseconds / 1000 };
}
