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
  type Rank,
  reshape,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  zeros,
} from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.js';
import { hasKernel, METRIC_KERNELS } from './metric-kernels.js';
import { offTape } from './stack.js';
import { isTapeOn } from './tape.js';

const KERNEL = METRIC_KERNELS.propagateNaN;

/** What marks images: a number for each `[batch]`, or the images themselves where a kernel reads them in one pass. */
export type Marks = Tensor1D | Tensor4D;

/**
 * The marks of images that are compared, a constant: numbers that are 0, or NaN if a pixel is not finite; or the images,
 * which no gradient then has to keep.
 *
 * @param images float32 `[batch or 1, height, width, 3]` each
 */
export function markImages(...images: Tensor4D[]): readonly Marks[] {
  if (!hasKernel(KERNEL)) return images.map((each) => offTape(() => numbersOf(each)));
  if (!isTapeOn()) return images;
  const batch = Math.max(...images.map(({ shape }) => shape[0]));
  return [offTape(() => images.reduce(propagate<Tensor1D>, zeros<Rank.R1>([batch])))];
}

/**
 * The values of the taps. All values of the first tap are NaN for a marked image, and so is the sum over the taps.
 * Differentiable with respect to the values.
 *
 * @param taps float32 `[batch, …]` each
 * @param marks of batch or 1 each, of the images that the taps were made from
 */
export function propagateNaN<Value extends Tensor>(taps: readonly Value[], marks: readonly Marks[]): Value[] {
  const [first, ...others] = taps;
  if (!first || marks.length === 0) return [...taps];
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
 * @param marks of n images each; if neither n nor batch is 1, they are the same
 */
export function propagateNaNToGradient(x: Tensor4D, marks: readonly Marks[]): Tensor4D {
  if (!isTapeOn()) return x;
  return differentiable<[Tensor4D], Tensor4D, Marks[]>([x], () => ({
    value: reshape(x, x.shape), // shares the values
    saved: [...marks],
    gradient: (dy, ...marks) => [guardGradient(dy, marks)],
  }));
}

/**
 * The marks of images as one number for each, 0 or NaN.
 *
 * @param marks of `batch` images each
 */
export function markNumbers(marks: readonly Marks[], batch: number): Tensor1D {
  return marks.reduce<Tensor1D>(addMarks, zeros<Rank.R1>([batch]));
}

/** The gradient of images or features, with its own mark and those of the images. */
export function guardGradient(dy: Tensor4D, marks: readonly Marks[]): Tensor4D {
  const [first, ...others] = marks;
  if (first?.rank !== 1 || !hasKernel(KERNEL))
    return marks.reduce<Tensor4D>(addMarks, addMarks(dy, numbersOf(dy)));
  const own = others.reduce<Tensor1D>(addMarks, forBatch(dy, first as Tensor1D));
  return propagate(dy, propagate(own, dy));
}

/** value `[batch, …]` + marks of batch or 1; on a batch of 1, the marks of all images are added. */
function addMarks<Value extends Tensor>(value: Value, marks: Marks): Value {
  if (hasKernel(KERNEL) && (marks.shape[0] === 1 || marks.shape[0] === value.shape[0])) {
    return propagate(value, marks);
  }
  const numbers = marks.rank === 1 ? (marks as Tensor1D) : numbersOf(marks as Tensor4D);
  return add(value, reshape(forBatch(value, numbers), [-1, ...value.shape.slice(1).fill(1)]));
}

/** Marks for as many images as the value has, where that is 1. */
function forBatch(value: Tensor, marks: Tensor1D): Tensor1D {
  return value.shape[0] === 1 && marks.shape[0] > 1 ? reshape(sum(marks), [1]) : marks;
}

/** value `[batch, …]`, NaN for an image x `[batch or 1, …]` that is not finite. */
function propagate<Value extends Tensor>(value: Value, x: Tensor): Value {
  return engine().runKernel<Value>(KERNEL, { value, x });
}

/** 0 · Σ pixels, in this order, since a sum of pixels overflows in 16 bits. `[batch]` */
function numbersOf(x: Tensor4D): Tensor1D {
  return sum(mul(x, 0), [1, 2, 3]);
}
