/**
 * @module
 * Trains the variational autoencoder with `vaeLoss`: L1 + LPIPS under a learned variance, and the KL divergence of the code,
 * whose weight grows from 0. The patches of a step and the noise of its codes follow from the seed and the step.
 */
import { type Tensor, type Tensor4D, train, type Variable } from '@tensorflow/tfjs';
import { clippedStep, coolDown, drawBatch } from 'example-harness/train-step';
import { learn } from 'example-harness/training-state';
import type { Lpips, WeightMap } from 'lpips-core';
import { codeSampler, diagonalGaussian, vaeLoss } from 'lpips-loss';
import { seedOf } from 'lpips-pictures';
import type { Vae } from './model.js';

/** How long, how fast, and how much the code is to look like the prior. */
export interface Recipe {
  readonly seed: number;
  readonly steps: number;
  /** Steps between two checkpoints. */
  readonly stretch: number;
  /** Patches in a step. */
  readonly batch: number;
  readonly learningRate: number;
  readonly klWeight: number;
  /** Steps over which the weight of the KL divergence grows. */
  readonly klWarmUp: number;
}

/** What learns, from what, by which metric. */
export interface Training {
  readonly vae: Vae;
  /** The learned log-variance of the decoder, a scalar. */
  readonly logVariance: Variable;
  readonly lpips: Lpips;
  /** `[patches, 32, 32, 3]` in [-1, 1]; each step draws its own from them. */
  readonly patches: Tensor4D;
}

/** Patches are cropped at random by up to this many pixels before LPIPS sees them, so that its pooling grid moves. */
const SHIFT = 3;
/** Largest norm of a gradient. A patch whose log-variance comes out too large would otherwise throw the weights far off. */
const LARGEST_NORM = 1;

/**
 * Trains the steps after `first`, up to and including `last`.
 *
 * @param state without it, training begins with the model's own weights
 * @returns weights and moments, and the mean loss over these steps
 * @throws LpipsError naming the step, if the loss is not a finite number
 */
export async function trainStretch(
  { vae: { encoder, decoder }, logVariance, lpips, patches }: Training,
  recipe: Recipe,
  first: number,
  last: number,
  state: WeightMap | undefined,
): Promise<{ readonly state: WeightMap; readonly loss: number }> {
  const { seed, batch, learningRate, klWeight, klWarmUp } = recipe;
  const lossOf = vaeLoss({
    lpips,
    klWeight,
    klWarmUp,
    decoderLogVariance: logVariance,
    randomShift: SHIFT,
    seed: seedOf(seed, 'offsets', first),
  });
  const adam = train.adam(learningRate);
  const weights = [encoder, decoder].flatMap((model) => model.trainableWeights);
  const variables = [...weights.map((weight) => weight.read() as Variable), logVariance];
  const learners = { models: { encoder, decoder }, variables: { logVariance }, optimizers: { adam } };
  let sum = 0;
  const learned = await learn(learners, state, async () => {
    for (let step = first; step < last; step++) {
      const pictures = drawBatch(patches, batch, seedOf(seed, 'step', step));
      const sample = codeSampler(seedOf(seed, 'noise', step));
      const lossOfStep = () => {
        const code = diagonalGaussian(encoder.apply(pictures, { training: true }) as Tensor);
        const rebuilt = decoder.apply(sample(code), { training: true }) as Tensor;
        return lossOf(pictures, rebuilt, code, step);
      };
      coolDown(adam, recipe, step);
      sum += await clippedStep(adam, lossOfStep, step + 1, variables, LARGEST_NORM);
      pictures.dispose();
    }
  });
  return { state: learned, loss: sum / (last - first) };
}
