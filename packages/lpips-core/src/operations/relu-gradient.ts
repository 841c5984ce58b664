/**
 * @module
 * dy where a relu let its input through, 0 elsewhere. The gradient at 0 is 0.
 */
import { engine, getBackend, getKernel, mul, step, type Tensor4D } from '@tensorflow/tfjs-core';

/** A kernel that a backend may bring, with inputs dy and y, to do this in one pass. */
const RELU_GRADIENT = 'ReluGrad';

/** @param y what the relu returned */
export function reluGradient(dy: Tensor4D, y: Tensor4D): Tensor4D {
  if (!getKernel(RELU_GRADIENT, getBackend())) return mul(dy, step(y));
  return engine().runKernel<Tensor4D>(RELU_GRADIENT, { dy, y });
}
