/**
 * @module
 * One step of a model that learns to rebuild patches of pictures: the patches of the step, and what it minimises.
 */
import {
  type AdamOptimizer,
  gather,
  mean,
  type Scalar,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { at } from 'lpips-core';
import { checkLoss, type SampleLoss } from 'lpips-loss';
import { seededRandom, wholeBetween } from 'lpips-pictures';

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

/**
 * Trains a model by one step of Adam.
 *
 * @param pictures `[batch, height, width, 3]` in [-1, 1]
 * @param step number of the step, for errors
 * @returns the mean loss over the batch, before the step
 * @throws LpipsError naming the step, if the loss is not a finite number
 */
export async function trainStep(
  { model, optimizer, lossOf }: Learner,
  pictures: Tensor4D,
  step: number,
): Promise<number> {
  const cost = optimizer.minimize(
    () => mean<Scalar>(lossOf(pictures, model.apply(pictures, { training: true }) as Tensor)),
    true,
  );
  if (!cost) throw new Error('trainStep: the optimizer returned no loss');
  const loss = at(await cost.data(), 0);
  cost.dispose();
  checkLoss(step, loss);
  return loss;
}

/** Changes the learning rate. Adam reads it anew at every step; its declaration hides the field. */
export function setLearningRate(optimizer: AdamOptimizer, learningRate: number): void {
  Object.assign(optimizer, { learningRate });
}
