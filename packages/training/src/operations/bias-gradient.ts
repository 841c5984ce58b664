/**
 * @module
 * The gradient of a bias: y = x + b, so db is the sum of dy over all axes but the last.
 */
import { engine, sum, type Tensor } from '@tensorflow/tfjs-core';
import { hasTrainingKernel, TRAINING_KERNELS } from '../training-kernels.js';
import { isTapeOn } from './differentiable.js';

/**
 * The sum over all axes but the last.
 *
 * @param x float32 `[…, channels]`
 * @returns float32 `[channels]`; the caller disposes
 */
export function sumOverRows(x: Tensor): Tensor {
  const { biasGradient } = TRAINING_KERNELS;
  if (!isTapeOn() && hasTrainingKernel(biasGradient)) return engine().runKernel(biasGradient, { dy: x });
  return sum(
    x,
    Array.from({ length: x.rank - 1 }, (_, axis) => axis),
  ); // which has a gradient of its own
}
