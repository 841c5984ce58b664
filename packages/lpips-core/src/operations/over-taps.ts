/**
 * @module
 * The values of all taps in one tensor: their sum, one column for each tap, or the columns of all taps side by side. The
 * gradient gives each tap dy, or its own columns of dy.
 */
import {
  addN,
  concat,
  split,
  stack,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  unstack,
} from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.js';

/** Sum of tensors of the same shape, differentiable with respect to each. */
export function sumTaps<T extends Tensor>(taps: T[]): T {
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
