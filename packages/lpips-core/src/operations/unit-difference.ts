/**
 * @module
 * What one tap adds to the distance, from the activations f and g of images and their references,
 *
 *     1/(H W) Σ_{h,w} Σ_c w_c (û − v̂)_c²,     û = f / (‖f‖₂ + ε),  v̂ = g / (‖g‖₂ + ε),
 *
 * and its gradient, in one pass each, where the backend has kernels for it. They are `unitNormalize` and then
 * `meanWeightedSquaredDifference`. The difference is symmetric, so the gradient of g is that of f with the sides exchanged.
 */
import { engine, type Tensor1D, type Tensor4D, tensor1d } from '@tensorflow/tfjs-core';
import { hasKernel, METRIC_KERNELS } from './metric-kernels.js';
import { EPSILON, LEAST_NORM } from './unit-normalize.js';

const { meanUnitDifference: FORWARD, meanUnitDifferenceGradient: BACKWARD } = METRIC_KERNELS;

/** The images of a stack, or their references. */
export type Side = 0 | 1;

/** Whether the current backend computes the difference and its gradient in one pass each. */
export function hasUnitDifference(): boolean {
  return hasKernel(FORWARD) && hasKernel(BACKWARD);
}

/**
 * The mean difference of the unit-normalised activations. Its gradient is the caller's.
 *
 * @param x float32 `[2 batch, height, width, channels]`: the activations of the images and then of their references
 * @param head float32 `[1, 1, channels, 1]`, ≥ 0, frozen
 * @param added float32 `[batch]`, to which the difference is added
 * @returns float32 `[batch]`
 */
export function meanUnitDifference(x: Tensor4D, head: Tensor4D, added: Tensor1D = tensor1d([])): Tensor1D {
  return engine().runKernel<Tensor1D>(FORWARD, { x, weights: head, added }, { epsilon: EPSILON });
}

/**
 * The gradient of one side of x before the relu that made it.
 *
 * @param dy of the mean difference, `[batch]`
 * @param above the gradient of this side of x from the layers above the tap, `[batch, height, width, channels]`
 * @returns of the shape of one side
 */
export function unitDifferenceGradient(
  dy: Tensor1D,
  { x, head, side, above }: { x: Tensor4D; head: Tensor4D; side: Side; above: Tensor4D | undefined },
): Tensor4D {
  const inputs = { dy, x, weights: head, above: above ?? tensor1d([]) };
  return engine().runKernel<Tensor4D>(BACKWARD, inputs, { epsilon: EPSILON, leastNorm: LEAST_NORM, side });
}
