/**
 * @module
 * Max pooling without padding, and its gradient. A maximum counts once: if several pixels of a window share the largest
 * value, the first in reading order takes the whole gradient, as in PyTorch. Flat areas of an image consist of ties, and
 * the kernels of TensorFlow.js differ there: some take the first pixel, others the last.
 *
 * `ceil` adds a row and a column of zeros below and to the right where the last window would hang over. This is
 * PyTorch's ceil_mode for inputs ≥ 0, which all are here, since every pooling follows a relu.
 */
import {
  add,
  concat,
  engine,
  equal,
  MaxPool,
  MaxPoolGrad,
  pad,
  reshape,
  slice,
  split,
  sub,
  type Tensor4D,
  transpose,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { at } from '../item-at.js';
import { backendTraits } from './backend-traits.js';
import { differentiablePerImage } from './differentiable.js';
import { hasKernel, METRIC_KERNELS } from './metric-kernels.js';
import type { Images } from './stack.js';

/** Geometry of a square pooling window. */
export interface PoolGeometry {
  /** Side of the window. */
  size: number;
  stride: number;
  /** Whether a last window that reaches beyond the edge counts. */
  ceil: boolean;
}

/**
 * Largest value of each window, differentiable with respect to x.
 *
 * @param x float32 `[batch, height, width, channels]`, ≥ 0
 */
export function maxPool<X extends Images>(x: X, geometry: PoolGeometry): X {
  return differentiablePerImage([x], (x) => {
    const y = largest(x, geometry);
    return {
      value: y,
      saved: [x, y],
      gradient: (dy, x, y) => [toFirstMaxima(dy, x, y, geometry)],
      isInternal: true,
    };
  });
}

/** `maxPool` with a gradient of the caller's. */
export function largest(x: Tensor4D, { size, stride, ceil }: PoolGeometry): Tensor4D {
  if (hasKernel(METRIC_KERNELS.maxPool)) {
    return engine().runKernel<Tensor4D>(METRIC_KERNELS.maxPool, { x }, { size, stride, ceil });
  }
  return engine().runKernel<Tensor4D>(
    MaxPool,
    { x: padded(x, { size, stride, ceil }) },
    attributesOf(size, stride),
  );
}

function toFirstMaxima(dy: Tensor4D, x: Tensor4D, y: Tensor4D, geometry: PoolGeometry): Tensor4D {
  const { size, stride, ceil } = geometry;
  if (hasKernel(METRIC_KERNELS.maxPool)) {
    return engine().runKernel<Tensor4D>(METRIC_KERNELS.maxPoolGradient, { dy, x, y }, { size, stride, ceil });
  }
  if (!backendTraits().routesToFirstMaximum) return routeToMaxima(dy, x, y, size, stride);
  const inputs = { dy, input: padded(x, geometry), output: y };
  const dx = engine().runKernel<Tensor4D>(MaxPoolGrad, inputs, attributesOf(size, stride));
  return resize(dx, x.shape[1], x.shape[2]);
}

/** x with zeros where the last windows hang over. */
function padded(x: Tensor4D, { size, stride, ceil }: PoolGeometry): Tensor4D {
  const [, height, width] = x.shape;
  if (!ceil) return x;
  return resize(x, height + overhang(height, size, stride), width + overhang(width, size, stride));
}

function attributesOf(filterSize: number, strides: number) {
  return { filterSize, strides, pad: 'valid' };
}

/**
 * dx: every window hands its dy to the first pixel that equals its maximum.
 *
 * Phase (r, c) of x is the image of its pixels (r + stride·i, c + stride·j). Pixel (a, b) of all windows at once is
 * then a shifted phase, compared with y as a whole; what is left of dy goes on to the next (a, b) in reading order.
 */
function routeToMaxima(dy: Tensor4D, x: Tensor4D, y: Tensor4D, size: number, stride: number): Tensor4D {
  const [, rows, columns] = y.shape;
  const reach = Math.ceil(size / stride) - 1; // by how many phase pixels a window's last pixel is shifted
  const [phaseRows, phaseColumns] = [rows + reach, columns + reach];
  const phases = splitPhases(resize(x, phaseRows * stride, phaseColumns * stride), stride);
  const gradients: Tensor4D[] = [];
  let left = dy;
  for (let pixel = 0; pixel < size * size; pixel++) {
    const [a, b] = [Math.floor(pixel / size), pixel % size];
    const [downward, rightward] = [Math.floor(a / stride), Math.floor(b / stride)];
    const index = (a % stride) * stride + (b % stride);
    const phase = at(phases, index);
    const candidates = reach === 0 ? phase : slice(phase, [0, downward, rightward, 0], y.shape);
    const isLast = pixel === size * size - 1; // whatever is left found no earlier maximum
    const taken: Tensor4D = isLast ? left : where(equal(candidates, y), left, zerosLike(left));
    if (!isLast) left = sub(left, taken);
    const placed =
      reach === 0
        ? taken
        : pad(taken, [
            [0, 0],
            [downward, reach - downward],
            [rightward, reach - rightward],
            [0, 0],
          ]);
    const sum = gradients[index];
    gradients[index] = sum ? add(sum, placed) : placed;
  }
  const dx = joinPhases(gradients, stride);
  return resize(dx, x.shape[1], x.shape[2]);
}

/**
 * x `[batch, h·stride, w·stride, channels]` as its stride² phases `[batch, h, w, channels]`, in reading order. Two
 * transposes bring each phase together; backends copy whole blocks faster than rows.
 */
function splitPhases(x: Tensor4D, stride: number): Tensor4D[] {
  const [batch, height, width, channels] = x.shape;
  const [h, w] = [height / stride, width / stride];
  const byRow = transpose(reshape(x, [batch * h, stride, width * channels]), [1, 0, 2]);
  const byPhase = transpose(reshape(byRow, [stride, batch * h * w, stride, channels]), [0, 2, 1, 3]);
  return split(reshape(byPhase, [stride * stride, batch * h * w * channels]), stride * stride).map(
    (phase): Tensor4D => reshape(phase, [batch, h, w, channels]),
  );
}

/** The inverse of `splitPhases`. */
function joinPhases(phases: Tensor4D[], stride: number): Tensor4D {
  const [batch, h, w, channels] = at(phases, 0).shape;
  const byPhase = reshape(concat(phases), [stride, stride, batch * h * w, channels]);
  const byRow = reshape(transpose(byPhase, [0, 2, 1, 3]), [stride, batch * h, w * stride * channels]);
  return reshape(transpose(byRow, [1, 0, 2]), [batch, h * stride, w * stride, channels]);
}

/** x cut, or continued with zeros, below and to the right. */
function resize(x: Tensor4D, height: number, width: number): Tensor4D {
  const [batch, h, w, channels] = x.shape;
  if (h === height && w === width) return x;
  const kept = slice(x, [0, 0, 0, 0], [batch, Math.min(h, height), Math.min(w, width), channels]);
  return pad(kept, [
    [0, 0],
    [0, Math.max(0, height - h)],
    [0, Math.max(0, width - w)],
    [0, 0],
  ]);
}

/** Pixels by which the last of ⌈(side − size) / stride⌉ + 1 windows passes the edge. */
function overhang(side: number, size: number, stride: number): number {
  return Math.ceil((side - size) / stride) * stride + size - side;
}
