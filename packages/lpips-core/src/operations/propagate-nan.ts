/**
 * @module
 * Propagates what is not finite from an image to its distance and to the gradient. The network alone does not: kernels of
 * some backends compute relu(NaN) as 0, a pooling drops NaN, and Infinity times a negative weight ends at a relu. The mark
 * of an image is 0 · Σ pixels, which is 0, or NaN if a pixel is NaN or infinite. It is added to both, on every backend.
 */
import {
  add,
  engine,
  mul,
  reshape,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  zeros,
} from '@tensorflow/tfjs-core';
import { differentiable, isTapeOn } from './differentiable.js';
import { hasKernel, METRIC_KERNELS } from './metric-kernels.js';
import { offTape } from './stack.js';

/**
 * The mark of each image, a constant: 0, or NaN if a pixel of it is not finite.
 *
 * @param images float32 `[batch, height, width, 3]`
 * @returns float32 `[batch]`
 */
export function markImages(images: Tensor4D): Tensor1D {
  return offTape(() => marksOf(images));
}

/**
 * The values of the taps. All values of the first tap are NaN for a marked image, and so is the sum over the taps.
 * Differentiable with respect to the values.
 *
 * @param taps float32 `[batch, …]` each
 * @param marks float32 `[batch]` or `[1]` each, of the images that the taps were made from
 */
export function propagateNaN<Value extends Tensor>(
  taps: readonly Value[],
  marks: readonly Tensor1D[],
): Value[] {
  const [first, ...others] = taps;
  if (!first) return [];
  const guarded = differentiable<[Value], Value, []>([first], () => ({
    value: marks.reduce(addMarks, first),
    saved: [],
    gradient: (dy) => [dy],
  }));
  return [guarded, ...others];
}

/**
 * The images or features themselves. In their gradient every value of an image is NaN if the image, or one that it is
 * compared with, is marked, or if any value of the gradient is not finite.
 *
 * @param x float32 `[batch, …]`
 * @param marks float32 `[n]` each; if neither n nor batch is 1, they are the same
 */
export function propagateNaNToGradient(x: Tensor4D, marks: readonly Tensor1D[]): Tensor4D {
  if (!isTapeOn()) return x;
  return differentiable<[Tensor4D], Tensor4D, Tensor1D[]>([x], () => ({
    value: reshape(x, x.shape), // shares the values
    saved: [...marks],
    gradient: (dy, ...marks) => [[marksOf(dy), ...marks].reduce(addMarks, dy)],
  }));
}

function marksOf(x: Tensor4D): Tensor1D {
  const kernel = METRIC_KERNELS.propagateNaN;
  if (hasKernel(kernel)) return engine().runKernel<Tensor1D>(kernel, { value: zeros([x.shape[0]]), x });
  return sum(mul(x, 0), [1, 2, 3]); // in this order, since a sum of pixels overflows in 16 bits
}

/** value `[batch, …]` + marks `[batch]` or `[1]`; on a batch of 1, the marks of all images are added. */
function addMarks<Value extends Tensor>(value: Value, marks: Tensor1D): Value {
  const own = value.shape[0] === 1 ? sum(marks) : marks;
  return add(value, reshape(own, [-1, ...value.shape.slice(1).fill(1)]));
}
