/**
 * @module
 * What one tap adds to the distance, from the activations f and g of images and their references,
 *
 *     1/(H W) Σ_{h,w} Σ_c w_c (û − v̂)_c²,     û = f / (‖f‖₂ + ε),  v̂ = g / (‖g‖₂ + ε),
 *
 * in one pass where the backend has a kernel for it. It is `unitNormalize` and then `meanWeightedSquaredDifference`, and its
 * gradient is that of both. The difference is symmetric, so the gradient of g is that of f with the sides exchanged.
 */
import { engine, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';
import { at } from '../item-at.js';
import { onlyOnce } from './differentiable.js';
import { withLazyGradients } from './lazy-gradients.js';
import { hasKernel, METRIC_KERNELS } from './metric-kernels.js';
import type { Stack } from './stack.js';
import { isTapeOn } from './tape.js';
import { EPSILON, LEAST_NORM } from './unit-normalize.js';

const { meanUnitDifference: FORWARD, meanUnitDifferenceGradient: BACKWARD } = METRIC_KERNELS;

/** Whether the current backend computes the difference of two batches of these sizes in one pass. */
export function hasUnitDifference(images: number, references: number): boolean {
  return images === references && hasKernel(FORWARD);
}

/**
 * The mean difference of the unit-normalised activations, differentiable with respect to those of either side.
 *
 * @param both float32 `[batch, height, width, channels]` of the images, and as many of the references
 * @param head float32 `[1, 1, channels, 1]`, ≥ 0, frozen
 * @returns float32 `[batch]`
 */
export function meanUnitDifference(both: Stack, head: Tensor4D): Tensor1D {
  const compute = () =>
    engine().runKernel<Tensor1D>(FORWARD, { x: both.whole, weights: head }, { epsilon: EPSILON });
  if (!isTapeOn()) return compute();
  const [f, g] = [at(both.parts, 0), at(both.parts, 1)];
  const means = withLazyGradients<Tensor1D>(
    { f, g },
    () => ({ values: [compute()], saved: [f, g] }),
    (name, [dy], saved) => {
      const [own, other] = (name === 'f' ? saved : saved.toReversed()) as [Tensor4D, Tensor4D];
      const inputs = { dy: dy as Tensor1D, f: own, g: other, weights: head };
      const attributes = { epsilon: EPSILON, leastNorm: LEAST_NORM };
      const df = engine().runKernel<Tensor4D>(BACKWARD, inputs, attributes);
      return isTapeOn() ? onlyOnce(df, [inputs.dy, f, g]) : df;
    },
  );
  return at(means, 0);
}
