/**
 * @module
 * Mean over height and width, plain or weighted by a mask, and its gradient: dy spread by the weights.
 */
import {
  div,
  divNoNan,
  engine,
  fill,
  mul,
  reshape,
  sum,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.js';
import { hasKernel, OWN_KERNELS } from './own-kernels.js';

/**
 * Spatial mean of each image, differentiable with respect to x.
 *
 * @param x float32 `[batch, height, width, 1]`
 * @param weights float32 `[batch, height, width, 1]` or with a batch of 1, ≥ 0, constant; where they are 0 all over
 *   an image, its mean is 0
 * @returns float32 `[batch]`
 */
export function spatialMean(x: Tensor4D, weights?: Tensor4D): Tensor1D {
  const [batch, height, width] = x.shape;
  if (!weights) {
    return differentiable([x], () => ({
      value: plainMean(x),
      saved: [],
      gradient: (dy) => [plainMeanGradient(dy, height, width)],
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

function plainMean(x: Tensor4D): Tensor1D {
  const kernel = OWN_KERNELS.spatialMean;
  if (hasKernel(kernel)) return engine().runKernel<Tensor1D>(kernel, { x });
  return div(sumArea(x), x.shape[1] * x.shape[2]);
}

function plainMeanGradient(dy: Tensor1D, height: number, width: number): Tensor4D {
  const kernel = OWN_KERNELS.spatialMeanGradient;
  if (hasKernel(kernel)) return engine().runKernel<Tensor4D>(kernel, { dy }, { height, width });
  const share = fill([1, height, width, 1], 1 / (height * width));
  return mul(reshape(dy, [-1, 1, 1, 1]), share);
}

/** Sum of each image, columns first: float32 sums of a thousand terms at most lose less than one sum of a million. */
function sumArea(x: Tensor4D): Tensor1D {
  return sum(sum(x, [2, 3]), 1);
}
