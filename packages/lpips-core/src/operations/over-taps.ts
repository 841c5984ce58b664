/**
 * @module
 * The means of all taps, and the values of all taps in one tensor: their sum, one column for each tap, or the columns of all
 * taps side by side. The gradient of these three gives each tap dy, or its own columns of dy.
 */
import {
  addN,
  cast,
  concat,
  split,
  stack,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  unstack,
} from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.js';
import { type Marks, propagateNaN } from './propagate-nan.js';
import { averageArea } from './resample.js';
import { spatialMean } from './spatial-mean.js';

/** Sum of tensors of the same shape, differentiable with respect to each. */
export function sumTaps<T extends Tensor>(taps: T[]): T {
  const [first, ...others] = taps;
  if (first && others.length === 0) return first;
  return differentiable<T[], T, []>(taps, () => ({
    value: addN(taps),
    saved: [],
    gradient: (dy) => taps.map(() => dy),
  }));
}

/** `taps` vectors `[batch]` as the columns of `[batch, taps]`, differentiable with respect to each. */
export function stackTaps(taps: Tensor1D[]): Tensor2D {
  return differentiable<Tensor1D[], Tensor2D, []>(taps, () => ({
    value: stack(taps, 1) as Tensor2D,
    saved: [],
    gradient: (dy) => unstack(dy, 1) as Tensor1D[],
  }));
}

/** `taps` tensors `[batch, rows, channels]` side by side, differentiable with respect to each. */
export function joinTaps(taps: Tensor3D[]): Tensor3D {
  return differentiable<Tensor3D[], Tensor3D, []>(taps, () => ({
    value: concat(taps, 2),
    saved: [],
    gradient: (dy) =>
      split(
        dy,
        taps.map((tap) => tap.shape[2]),
        2,
      ),
  }));
}

/**
 * The spatial means of the differences of every tap, weighted by the mask where there is one. Differentiable with respect to
 * the differences.
 *
 * @param differences float32 `[batch, h, w, 1]` each
 * @param marks of the images that they were made from
 * @param mask `[batch or 1, height, width, 1]`, averaged over the pixels of each position of a tap
 * @returns float32 `[batch]` each; the caller disposes
 */
export function meansOfTaps(
  differences: Iterable<Tensor4D>,
  marks: readonly Marks[],
  mask: Tensor4D | undefined,
): Tensor1D[] {
  const means: Tensor1D[] = [];
  for (const difference of differences) {
    const [, height, width] = difference.shape;
    const weights = mask && averageArea(cast(mask, 'float32'), height, width);
    means.push(spatialMean(difference, weights));
  }
  return propagateNaN(means, marks);
}
