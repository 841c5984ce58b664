/**
 * @module
 * Trains the autoencoder under a loss. The patches of a step and their random offsets follow from the seed.
 */
import { type LayersModel, type Tensor4D, train } from '@tensorflow/tfjs';
import { coolDown, drawBatch, stepOf, trainStep } from 'example-harness/train-step';
import { learn } from 'example-harness/training-state';
import type { WeightMap } from 'lpips-core';
import type { SampleLoss } from 'lpips-loss';
import { seedOf } from 'lpips-pictures';
import { captureStep } from 'tfjs-fused-training';

/** Height and width of the patches, in pixels. */
export const SIDE = 64;

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
  /** `[patches, 64, 64, 3]` in [-1, 1]; each step draws its own from them. */
  readonly patches: Tensor4D;
  /** Makes the loss of a stretch, whose random offsets begin with a seed. */
  readonly lossFrom: (seed: number) => SampleLoss;
  readonly recipe: Recipe;
  readonly onStep: (step: number, loss: number) => void;
}

/** Where a stretch ended. */
export interface StretchEnd {
  /** Weights and moments. */
  readonly state: WeightMap;
  /** Mean loss over its steps. */
  readonly loss: number;
  readonly seconds: number;
}

/**
 * Trains the steps after `first`, up to and including `last`.
 *
 * @param state without it, training begins with the model's own weights
 * @throws LpipsError naming the step, if the loss is not a finite number
 */
export async function trainStretch(
  { model, patches, lossFrom, recipe, onStep }: Stretch,
  first: number,
  last: number,
  state?: WeightMap,
): Promise<StretchEnd> {
  const { seed, steps, batch, learningRate } = recipe;
  const optimizer = train.adam(learningRate);
  const lossOf = lossFrom(seedOf(seed, 'offsets', first));
  const takeStep = captureStep(stepOf({ model, optimizer, lossOf }));
  let [sum, milliseconds] = [0, 0];
  const learned = await learn({ models: { model }, optimizers: { adam: optimizer } }, state, async () => {
    for (let step = first; step < last; step++) {
      const pictures = drawBatch(patches, batch, seedOf(seed, 'step', step));
      const started = performance.now();
      coolDown(optimizer, { learningRate, steps }, step);
      const loss = await trainStep(takeStep, pictures, step + 1);
      milliseconds += performance.now() - started;
      pictures.dispose();
      sum += loss;
      onStep(step + 1, loss);
    }
  }).finally(() => takeStep.dispose());
  return { state: learned, loss: sum / (last - first), seconds: milliseconds / 1000 };
}
