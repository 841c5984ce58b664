/**
 * @module
 * Mean over height and width, plain or weighted by a mask, and its gradient: dy spread by the weights.
 */
import { div, divNoNan, fill, mul, reshape, sum, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';
import { floatBits } from './backend-traits.js';
import { differentiable } from './differentiable.js';

/**
 * Spatial mean of each image, differentiable with respect to x.
 *
 * @param x float32 `[batch, height, width, 1]`
 * @param weights float32 `[batch, height, width, 1]` or with a batch of 1, ≥ 0, constant; if all weights of an image
 *   are 0, its mean is 0
 * @returns float32 `[batch]`
 */
export function spatialMean(x: Tensor4D, weights?: Tensor4D): Tensor1D {
  if (floatBits() === 16) return halfPrecisionMean(x, weights);
  const [batch, height, width] = x.shape;
  if (!weights) {
    return differentiable([x], () => ({
      value: div(sumArea(x), height * width),
      saved: [],
      gradient: (dy) => [mul(reshape(dy, [-1, 1, 1, 1]), fill([1, height, width, 1], 1 / (height * width)))],
    }));
  }
  return differentiable([x], () => {
    const share: Tensor4D = divNoNan(weights, reshape(sumArea(weights), [-1, 1, 1, 1]));
    return {
      value: sumArea(mul(x, share)),
      saved: [share],
      gradient: (dy, share) => [mul(reshape(dy, [batch, 1, 1, 1]), share)],
    };
  });
}

/** Sum of each image, columns first: float32 sums of a thousand terms at most lose less than one sum of a million. */
function sumArea(x: Tensor4D): Tensor1D {
  return sum(sum(x, [2, 3]), 1);
}

/** The mean in 16 bits, where the sum over the area may overflow and the share of one pixel may underflow. */
function halfPrecisionMean(x: Tensor4D, weights?: Tensor4D): Tensor1D {
  return differentiable([x], () => {
    const [batch, height, width] = x.shape;
    const relative = weights && divNoNan(weights, reshape(meanArea(weights), [-1, 1, 1, 1])); // of mean 1
    return {
      value: meanArea(relative ? mul(x, relative) : x),
      saved: [relative ?? fill([1, 1, 1, 1], 1)],
      gradient: (dy, relative) => {
        const spread: Tensor4D = reshape(div(div(dy, width), height), [batch, 1, 1, 1]);
        return [mul(mul(spread, relative), fill(x.shape, 1))];
      },
    };
  });
}

/** Mean of each image, each row divided before the rows are added. */
function meanArea(x: Tensor4D): Tensor1D {
  const [, height, width] = x.shape;
  return div(sum(div(sum(x, [2, 3]), width), 1), height);
}
