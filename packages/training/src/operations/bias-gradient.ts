/**
 * @module
 * The gradient of a bias: y = x + b, so db is the sum of dy over all axes but the last.
 */
import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { TRAINING_KERNELS } from '../training-kernels.js';

/**
 * The sum over all axes but the last, by the backend's kernel.
 *
 * @param x float32 `[…, channels]`
 * @returns float32 `[channels]`; the caller disposes
 */
export function sumOverRows(x: Tensor): Tensor {
  return engine().runKernel(TRAINING_KERNELS.biasGradient, { dy: x });
}
