/**
 * @module
 * Squared differences of two maps, pooled channel by channel: their mean over the n = height · width positions, and the
 * variance that dropout of one half before a 1x1 head gives this mean; and the gradients:
 *
 *     M = (1/n) Σ (u − v)²,     ∂M/∂u =  2/n  (u − v)  = −∂M/∂v
 *     V = (1/n²) Σ (u − v)⁴,    ∂V/∂u = 4/n² (u − v)³ = −∂V/∂v
 */
import {
  add,
  mul,
  neg,
  reshape,
  slice,
  square,
  squaredDifference,
  stack,
  sub,
  sum,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.js';

/**
 * M and V of each image and channel, differentiable with respect to u and v.
 *
 * @param u float32 `[batch, height, width, channels]`
 * @param v as u, or with a batch of 1 that stands against every u
 * @returns float32 `[batch, 2, channels]`, ≥ 0: M, then V
 */
export function pooledMoments(u: Tensor4D, v: Tensor4D): Tensor3D {
  return differentiable([u, v], () => {
    const [, height, width, channels] = u.shape;
    const n = height * width;
    const squared = squaredDifference<Tensor4D>(u, v);
    const [mean, variance] = [mul(overArea(squared), 1 / n), mul(overArea(square(squared)), 1 / n ** 2)];
    return {
      value: stack([mean, variance], 1) as Tensor3D,
      saved: [u, v],
      gradient: (dy, u, v) => {
        const batch = u.shape[0];
        const upstream = (moment: number, share: number): Tensor4D =>
          reshape(mul(slice(dy, [0, moment, 0], [batch, 1, channels]), share), [batch, 1, 1, channels]);
        const difference: Tensor4D = sub(u, v);
        const slope = add(upstream(0, 2 / n), mul(square(difference), upstream(1, 4 / n ** 2)));
        const du: Tensor4D = mul(difference, slope);
        return [du, neg(v.shape[0] === batch ? du : sum(du, 0, true))];
      },
    };
  });
}

/** Sums over height and width `[batch, channels]`, rows first: float32 sums of few terms lose less than one of many. */
function overArea(x: Tensor4D): Tensor2D {
  return sum(sum(x, 2), 1);
}
