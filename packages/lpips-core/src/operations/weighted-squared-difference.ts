/**
 * @module
 * The 1x1 head of one tap: Σ_c w_c (u − v)_c², and its gradients ± 2 w (u − v) dy.
 */
import { conv2d, mul, neg, reshape, squaredDifference, sub, sum, type Tensor4D } from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.js';

/**
 * Weighted squared difference over channels, differentiable with respect to u and v.
 *
 * @param u float32 `[batch, height, width, channels]`
 * @param v as u, or with a batch of 1 that stands against every u
 * @param head float32 `[1, 1, channels, 1]`, ≥ 0, frozen
 * @returns float32 `[batch, height, width, 1]`
 */
export function weightedSquaredDifference(u: Tensor4D, v: Tensor4D, head: Tensor4D): Tensor4D {
  return differentiable([u, v], () => ({
    value: conv2d<Tensor4D>(squaredDifference(u, v), head, 1, 'valid'),
    saved: [u, v],
    gradient: (dy, u, v) => {
      const slope = mul(reshape(mul(head, 2), [1, 1, 1, head.shape[2]]), dy); // [batch, height, width, channels]
      const du: Tensor4D = mul(sub(u, v), slope);
      return [du, neg(v.shape[0] === u.shape[0] ? du : sum(du, 0, true))];
    },
  }));
}
