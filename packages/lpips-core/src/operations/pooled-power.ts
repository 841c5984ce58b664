/**
 * @module
 * Powers of the difference of two maps, pooled channel by channel, and their gradients: with n = height · width,
 *
 *     P_k = n^(−k/2) Σ_{h,w} (u − v)ᵏ,     ∂P_k/∂u = k n^(−k/2) (u − v)^(k − 1) = −∂P_k/∂v
 *
 * P₂ is the spatial mean of the squared difference, what a 1x1 head weighs; P₄ the variance that dropout of one half
 * before the head gives it.
 */
import { mul, neg, reshape, square, sub, sum, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.js';

/**
 * P₂ or P₄ of each image and channel, differentiable with respect to u and v.
 *
 * @param u float32 `[batch, height, width, channels]`
 * @param v as u, or with a batch of 1 that stands against every u
 * @returns float32 `[batch, channels]`, ≥ 0
 */
export function pooledPower(u: Tensor4D, v: Tensor4D, power: 2 | 4): Tensor2D {
  return differentiable([u, v], () => {
    const [batch, height, width, channels] = u.shape;
    const share = (height * width) ** (-power / 2);
    const squared = square(sub(u, v));
    // Rows first: float32 sums of a few hundred terms lose less than one of many thousand.
    const pooled = sum<Tensor2D>(sum(power === 2 ? squared : square(squared), 2), 1); // [batch, channels]
    return {
      value: mul(pooled, share),
      saved: [u, v],
      gradient: (dy, u, v) => {
        const difference: Tensor4D = sub(u, v);
        const slope: Tensor4D = power === 2 ? difference : mul(difference, square(difference));
        const upstream = mul(reshape(dy, [batch, 1, 1, channels]), power * share);
        const du: Tensor4D = mul(slope, upstream);
        return [du, neg(v.shape[0] === u.shape[0] ? du : sum(du, 0, true))];
      },
    };
  });
}
