/**
 * @module
 * The two resamplings of the metric, each a product with a matrix on the left and one on the right (both are
 * separable and linear): bilinear upsampling of a tap's map with half-pixel centres (PyTorch's
 * `interpolate(mode='bilinear', align_corners=False)`), and the area average of a mask.
 *
 * The gradient of y = A x Bᵀ is Aᵀ dy B. TensorFlow.js's own gradient of its bilinear kernel ignores half-pixel
 * centres, so it is not used.
 */
import {
  expandDims,
  image,
  matMul,
  reshape,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tensor2d,
  tile,
  transpose,
} from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.js';

/**
 * Bilinear upsampling with half-pixel centres, edges repeated, differentiable with respect to x.
 *
 * @param x float32 `[batch, h, w, 1]`
 * @returns float32 `[batch, height, width, 1]`
 */
export function upsampleBilinear(x: Tensor4D, height: number, width: number): Tensor4D {
  const [, h, w] = x.shape;
  if (h === height && w === width) return x;
  return differentiable([x], () => ({
    value: image.resizeBilinear(x, [height, width], false, true),
    saved: [],
    gradient: (dy) => [separable(dy, transpose(bilinearMatrix(height, h)), bilinearMatrix(width, w))],
  }));
}

/**
 * Mean over the area that each output pixel covers, fractions of pixels included. Not differentiable.
 *
 * @param x float32 `[batch, height, width, 1]`
 * @returns float32 `[batch, h, w, 1]`
 */
export function averageArea(x: Tensor4D, h: number, w: number): Tensor4D {
  const [, height, width] = x.shape;
  if (h === height && w === width) return x;
  return separable(x, areaMatrix(h, height), transpose(areaMatrix(w, width)));
}

/** left · x · right for every image of x `[batch, height, width, 1]`. */
function separable(x: Tensor4D, left: Tensor2D, right: Tensor2D): Tensor4D {
  const [batch, height, width] = x.shape;
  const [rows, columns] = [left.shape[0], right.shape[1]];
  const images: Tensor3D = reshape(x, [batch, height, width]);
  const onLeft = matMul(tile(expandDims<Tensor3D>(left, 0), [batch, 1, 1]), images); // [batch, rows, width]
  return reshape(matMul(reshape(onLeft, [batch * rows, width]), right), [batch, rows, columns, 1]);
}

/** `[to, from]`: row i holds the two weights of output pixel i, whose centre lies at (i + ½)·from/to − ½. */
function bilinearMatrix(to: number, from: number): Tensor2D {
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const centre = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const below = Math.min(Math.floor(centre), from - 1);
    const above = Math.min(below + 1, from - 1);
    const fraction = centre - below;
    matrix[i * from + above] = fraction;
    matrix[i * from + below] = above === below ? 1 : 1 - fraction; // at the edge both are one pixel
  }
  return tensor2d(matrix, [to, from]);
}

/** `[to, from]`: row i holds the overlap of output pixel i with each input pixel, rows summing to 1. */
function areaMatrix(to: number, from: number): Tensor2D {
  const matrix = new Float32Array(to * from);
  const span = from / to;
  for (let i = 0; i < to; i++) {
    const [start, end] = [i * span, (i + 1) * span];
    for (let j = Math.floor(start); j < Math.min(Math.ceil(end), from); j++) {
      matrix[i * from + j] = Math.max(0, Math.min(end, j + 1) - Math.max(start, j)) / span;
    }
  }
  return tensor2d(matrix, [to, from]);
}
