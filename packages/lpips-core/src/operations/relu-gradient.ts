/**
 * @module
 * The gradient of relu: dy where the relu let its input through, 0 elsewhere. The gradient at 0 is 0.
 */
import { engine, mul, step, type Tensor4D } from '@tensorflow/tfjs-core';
import { hasKernel, METRIC_KERNELS } from './metric-kernels.js';

const KERNEL = METRIC_KERNELS.reluGradient;

/** @param y what the relu returned */
export function reluGradient(dy: Tensor4D, y: Tensor4D): Tensor4D {
  return hasKernel(KERNEL) ? engine().runKernel<Tensor4D>(KERNEL, { dy, y }) : mul(dy, step(y));
}
