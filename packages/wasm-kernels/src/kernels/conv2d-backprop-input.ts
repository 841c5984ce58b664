/**
 * @module
 * `Conv2DBackpropInput`: the gradient of a convolution with respect to its input, and the forward pass of a transposed
 * convolution.
 *
 * Derivation, in one dimension: y[o] = Σ_k x[o·s + k·d − p] w[k], so dx[i] = Σ_k dy[(i + p − k·d) / s] w[k] over
 * whole quotients. At s = 1 this is a forward convolution of dy with the kernels rotated by 180°, their channel axes
 * swapped. At s > 1 (then d = 1) write i + p = q·s + r and k = j·s + r: dx[q·s + r − p] = Σ_j dy[q − j] w[j·s + r].
 * For each phase r this is a convolution of dy with every s-th weight, rotated; the phases are the output channels of
 * one convolution, which are interleaved.
 */
import {
  Conv2DBackpropInput,
  pad,
  type Rank,
  reshape,
  reverse,
  type Tensor4D,
  type TensorInfo,
  tidy,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import { geometryOf } from '../convolutions/geometry.js';
import { convolve, frame } from '../forward-kernels.js';
import {
  type ConvGeometry,
  convGeometry,
  image,
  type KernelArguments,
  shapeAttribute,
} from '../kernel-arguments.js';
import { ownInputGradient } from './own-convolution.js';

/** dx `[batch, height, width, in]` from dy `[batch, height', width', out]` and the filter `[height, width, in, out]`. */
export function conv2DBackpropInput(args: KernelArguments): TensorInfo {
  const dy = image(Conv2DBackpropInput, args, 'dy');
  const filter = image(Conv2DBackpropInput, args, 'filter');
  const x = shapeAttribute(args, 'inputShape');
  const shapes = { x, filter: filter.shape, dy: dy.shape };
  const geometry = convGeometry(Conv2DBackpropInput, args, shapes, 'full');
  if (dy.size === 0 || filter.size === 0) return zeros(x);
  const own = ownInputGradient(args.backend, geometryOf(geometry), dy, filter);
  if (own) return own;
  const isStrided = geometry.strideHeight > 1 || geometry.strideWidth > 1;
  return tidy(() => {
    return isStrided ? byPhases(dy, filter, geometry) : byRotatedKernels(dy, filter, geometry);
  });
}

/** Zeros around dy, so that a stride-1 convolution with the rotated kernels gives dx in its size. */
export function frameOfGradient(geometry: ConvGeometry, gradientHeight: number, gradientWidth: number) {
  const { effectiveFilterHeight, effectiveFilterWidth, inHeight, inWidth, padInfo } = geometry;
  const side = (kernel: number, padding: number, size: number, gradient: number): [number, number] => {
    const before = kernel - 1 - padding;
    return [before, size + kernel - 1 - gradient - before];
  };
  return {
    rows: side(effectiveFilterHeight, padInfo.top, inHeight, gradientHeight),
    columns: side(effectiveFilterWidth, padInfo.left, inWidth, gradientWidth),
  };
}

function byRotatedKernels(dy: Tensor4D, filter: Tensor4D, geometry: ConvGeometry): Tensor4D {
  const rotated: Tensor4D = transpose(reverse(filter, [0, 1]), [0, 1, 3, 2]); // [height, width, out, in]
  const framed = frame(dy, frameOfGradient(geometry, geometry.outHeight, geometry.outWidth));
  return convolve(framed, rotated, {
    strides: [1, 1],
    dilations: [geometry.dilationHeight, geometry.dilationWidth],
  });
}

function byPhases(dy: Tensor4D, filter: Tensor4D, geometry: ConvGeometry): Tensor4D {
  const { inHeight, inWidth, outHeight, outWidth, padInfo, strideHeight, strideWidth } = geometry;
  const phases = phaseKernels(filter, geometry);
  const rows = blocks(padInfo.top, inHeight, strideHeight);
  const columns = blocks(padInfo.left, inWidth, strideWidth);
  const framed = frame(dy, {
    rows: framing(rows, phases.shape[0], outHeight),
    columns: framing(columns, phases.shape[1], outWidth),
  });
  const whole = interleave(convolve(framed, phases), geometry);
  return frame(whole, {
    rows: [-rows.offset, rows.offset + inHeight - whole.shape[1]],
    columns: [-columns.offset, columns.offset + inWidth - whole.shape[2]],
  }); // [batch, height, width, in]
}

/** Blocks of s pixels that cover `size` pixels after `padding`: the first, how many, and where the pixels begin. */
function blocks(padding: number, size: number, stride: number) {
  const first = Math.floor(padding / stride);
  const count = Math.floor((padding + size - 1) / stride) - first + 1;
  return { first, count, offset: padding - first * stride };
}

/** Zeros around dy, so that a convolution with `taps` kernel pixels gives these blocks. */
function framing({ first, count }: ReturnType<typeof blocks>, taps: number, size: number): [number, number] {
  const before = taps - 1 - first;
  return [before, count + taps - 1 - size - before];
}

/** `[height, width, in, out]` → `[tapsY, tapsX, out, (phaseY, phaseX, in)]`, rotated, with taps = ⌈kernel / stride⌉. */
function phaseKernels(filter: Tensor4D, { strideHeight, strideWidth }: ConvGeometry): Tensor4D {
  const [height, width, channelsIn, out] = filter.shape;
  const [tapsY, tapsX] = [Math.ceil(height / strideHeight), Math.ceil(width / strideWidth)];
  const padded = pad(filter, [
    [0, tapsY * strideHeight - height],
    [0, tapsX * strideWidth - width],
    [0, 0],
    [0, 0],
  ]);
  const split = reshape<Rank.R6>(padded, [tapsY, strideHeight, tapsX, strideWidth, channelsIn, out]);
  const phases = transpose(split, [0, 2, 5, 1, 3, 4]); // [tapsY, tapsX, out, phaseY, phaseX, in]
  const merged: Tensor4D = reshape(phases, [tapsY, tapsX, out, strideHeight * strideWidth * channelsIn]);
  return reverse(merged, [0, 1]);
}

/**
 * `[batch, rows, columns, (phaseY, phaseX, in)]` → `[batch, rows·s, columns·s, in]`. As one transpose of whole runs of
 * pixels this takes a tenth of the time of `depthToSpace`, and strides may differ.
 */
function interleave(phases: Tensor4D, { strideHeight, strideWidth, inChannels }: ConvGeometry): Tensor4D {
  const [batch, rows, columns] = phases.shape;
  const run = strideWidth * inChannels;
  const split: Tensor4D = reshape(phases, [batch * rows, columns, strideHeight, run]);
  const ordered = transpose(split, [0, 2, 1, 3]); // [batch · rows, phaseY, columns, (phaseX, in)]
  return reshape(ordered, [batch, rows * strideHeight, columns * strideWidth, inChannels]);
}
