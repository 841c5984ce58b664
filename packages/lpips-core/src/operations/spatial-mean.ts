/**
 * @module
 * Mean over height and width, plain or weighted by a mask, and its gradient: dy spread by the weights.
 */
import { div, divNoNan, fill, mul, reshape, sum, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.js';

/**
 * Spatial mean of each image, differentiable with respect to x.
 *
 * @param x float32 `[batch, height, width, 1]`
 * @param weights float32 `[batch, height, width, 1]` or with a batch of 1, ≥ 0, constant; where they are 0 all over
 *   an image, its mean is 0
 * @returns float32 `[batch]`
 */
export function spatialMean(x: Tensor4D, weights?: Tensor4D): Tensor1D {
  return differentiable([x], () => {
    const [batch, height, width] = x.shape;
    const share: Tensor4D = weights
      ? divNoNan(weights, reshape(sumArea(weights), [-1, 1, 1, 1]))
      : fill([1, 1, 1, 1], 1 / (height * width));
    return {
      value: weights ? sumArea(mul(x, share)) : div(sumArea(x), height * width),
      saved: [share],
      gradient: (dy, share) => {
        const spread: Tensor4D = mul(reshape(dy, [batch, 1, 1, 1]), share);
        return [weights ? spread : mul(spread, fill(x.shape, 1))];
      },
    };
  });
}

/** Sum of each image, columns first: float32 sums of a thousand terms at most lose less than one sum of a million. */
function sumArea(x: Tensor4D): Tensor1D {
  return sum(sum(x, [2, 3]), 1);
}
