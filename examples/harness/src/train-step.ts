/**
 * @module
 * One step of a model that learns to rebuild patches of pictures: the patches of the step, what it minimises, and how fast.
 */
import {
  type AdamOptimizer,
  addN,
  div,
  gather,
  mean,
  minimum,
  mul,
  type Scalar,
  sqrt,
  square,
  sum,
  type Tensor,
  type Tensor4D,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { at } from 'lpips-core';
import { checkLoss, type SampleLoss } from 'lpips-loss';
import { seededRandom, wholeBetween } from 'lpips-pictures';

/** Share of the steps over which the learning rate falls to 0 at the end. */
const COOLING = 0.3;

/** A model, how it is changed, and the loss that it minimises. */
export interface Learner {
  readonly model: LayersModel;
  readonly optimizer: AdamOptimizer;
  readonly lossOf: SampleLoss;
}

/** Draws `count` of `patches`, `[patches, height, width, 3]`, seeded and with replacement; the caller disposes. */
export function drawBatch(patches: Tensor4D, count: number, seed: number): Tensor4D {
  const random = seededRandom(seed);
  const drawn = Array.from({ length: count }, () => wholeBetween(random, 0, patches.shape[0] - 1));
  return gather(patches, drawn);
}

/** A step of Adam: takes `[batch, height, width, 3]` in [-1, 1], and gives the mean loss over the batch, before the step. */
export type Step = (pictures: Tensor4D) => Scalar;

/** The step of a learner. */
export function stepOf({ model, optimizer, lossOf }: Learner): Step {
  return (pictures) =>
    optimizer.minimize(
      () => mean<Scalar>(lossOf(pictures, model.apply(pictures, { training: true }) as Tensor)),
      true,
    ) as Scalar;
}

/**
 * Trains a model by one step.
 *
 * @param pictures `[batch, height, width, 3]` in [-1, 1]
 * @param number of the step, for errors
 * @returns the mean loss over the batch, before the step
 * @throws LpipsError naming the step, if the loss is not a finite number
 */
export async function trainStep(step: Step, pictures: Tensor4D, number: number): Promise<number> {
  const cost = step(pictures);
  const loss = at(await cost.data(), 0);
  cost.dispose();
  checkLoss(number, loss);
  return loss;
}

/**
 * Takes one step of Adam along a gradient that is shortened to a largest norm, so that one unlucky batch does not undo the
 * training (Pascanu et al. 2013).
 *
 * @param lossOf computes the loss of each sample, `[batch]`
 * @param step number of the step, for errors
 * @param variables what is changed, always in the same order
 * @param largestNorm of the gradient for all variables together
 * @returns the mean loss over the batch, before the step
 * @throws LpipsError naming the step, if the loss is not a finite number
 */
export async function clippedStep(
  optimizer: AdamOptimizer,
  lossOf: () => Tensor,
  step: number,
  variables: Variable[],
  largestNorm: number,
): Promise<number> {
  const { value, grads } = optimizer.computeGradients(() => mean<Scalar>(lossOf()), variables);
  const loss = at(await value.data(), 0);
  value.dispose();
  try {
    checkLoss(step, loss);
    tidy(() => {
      const squares = Object.values(grads).map((gradient) => sum(square(gradient)));
      const scale = minimum(1, div(largestNorm, sqrt(addN(squares))));
      const shortened = variables.map(({ name }) => ({ name, tensor: mul(grads[name] ?? 0, scale) }));
      optimizer.applyGradients(shortened);
    });
  } finally {
    for (const gradient of Object.values(grads)) gradient.dispose();
  }
  return loss;
}

/** Lets the learning rate fall to 0 on a straight line over the last steps; `step` counts from 0. */
export function coolDown(
  optimizer: AdamOptimizer,
  { learningRate, steps }: { readonly learningRate: number; readonly steps: number },
  step: number,
): void {
  setLearningRate(optimizer, learningRate * Math.min(1, (steps - step) / (COOLING * steps)));
}

/** Changes the learning rate. Adam reads it anew at every step; its declaration hides the field. */
export function setLearningRate(optimizer: AdamOptimizer, learningRate: number): void {
  Object.assign(optimizer, { learningRate });
}
