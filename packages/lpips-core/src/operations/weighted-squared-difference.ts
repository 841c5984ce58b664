/**
 * @module
 * The 1x1 head of one tap, Σ_c w_c (u − v)_c², with its gradients ± 2 w (u − v) dy, and its mean over the image.
 */
import {
  conv2d,
  engine,
  mul,
  neg,
  reshape,
  squaredDifference,
  sub,
  sum,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.js';
import { hasKernel, METRIC_KERNELS } from './metric-kernels.js';
import { spatialMean } from './spatial-mean.js';
import { isTapeOn } from './tape.js';

/**
 * Weighted squared difference over channels, differentiable with respect to u and v.
 *
 * @param u float32 `[batch, height, width, channels]`
 * @param v as u, or with a batch of 1 that stands against every u
 * @param head float32 `[1, 1, channels, 1]`, ≥ 0, frozen
 * @returns float32 `[batch, height, width, 1]`
 */
export function weightedSquaredDifference(u: Tensor4D, v: Tensor4D, head: Tensor4D): Tensor4D {
  const others = negatedBackwards(v);
  return differentiable([u, others], () => ({
    value: weighted(u, others, head),
    saved: [u, others],
    gradient: (dy, u, v) => forBoth(weightedGradient(dy, u, v, head), others),
  }));
}

/**
 * `weightedSquaredDifference` averaged over height and width, differentiable with respect to u and v. Same arguments.
 *
 * @returns float32 `[batch]`
 */
export function meanWeightedSquaredDifference(u: Tensor4D, v: Tensor4D, head: Tensor4D): Tensor1D {
  const forward = METRIC_KERNELS.meanWeightedSquaredDifference;
  const backward = METRIC_KERNELS.meanWeightedSquaredDifferenceGradient;
  if (!hasKernel(forward)) return spatialMean(weightedSquaredDifference(u, v, head));
  const others = negatedBackwards(v);
  return differentiable<[Tensor4D, Tensor4D], Tensor1D, [Tensor4D, Tensor4D]>([u, others], () => ({
    value: engine().runKernel<Tensor1D>(forward, { u, v: others, weights: head }),
    saved: [u, others],
    gradient: (dy, u, v) =>
      forBoth(engine().runKernel<Tensor4D>(backward, { dy, u, v, weights: head }), others),
  }));
}

/** The gradient of u, and that of v before its change of sign. */
function forBoth(du: Tensor4D, v: Tensor4D): [Tensor4D, Tensor4D] {
  return [du, v.shape[0] === du.shape[0] ? du : sum(du, 0, true)];
}

/**
 * v itself. Its gradient, the negative of u's, is a node of its own on the tape, so that it is only computed if it is
 * needed. `reshape` shares the values; `clone` copies them on WASM, which takes a fifth of the time of comparing features.
 */
function negatedBackwards(v: Tensor4D): Tensor4D {
  if (!isTapeOn()) return v;
  return differentiable([v], () => ({ value: reshape(v, v.shape), saved: [], gradient: (dy) => [neg(dy)] }));
}

function weighted(u: Tensor4D, v: Tensor4D, head: Tensor4D): Tensor4D {
  const kernel = METRIC_KERNELS.weightedSquaredDifference;
  if (hasKernel(kernel)) return engine().runKernel<Tensor4D>(kernel, { u, v, weights: head });
  return conv2d(squaredDifference(u, v), head, 1, 'valid');
}

function weightedGradient(dy: Tensor4D, u: Tensor4D, v: Tensor4D, head: Tensor4D): Tensor4D {
  const kernel = METRIC_KERNELS.weightedSquaredDifferenceGradient;
  if (hasKernel(kernel)) return engine().runKernel<Tensor4D>(kernel, { dy, u, v, weights: head });
  const slope = mul(reshape(mul(head, 2), [1, 1, 1, head.shape[2]]), dy); // [batch, height, width, channels]
  return mul(sub(u, v), slope);
}
