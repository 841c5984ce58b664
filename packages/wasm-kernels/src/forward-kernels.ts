/**
 * @module
 * The forward kernels that gradients are composed of. They are called directly, since TensorFlow.js's operations refuse
 * strides together with dilations and the WASM kernels take both.
 */
import {
  Conv2D,
  DepthwiseConv2dNative,
  engine,
  pad,
  reshape,
  slice,
  type Tensor3D,
  type Tensor4D,
  zeros,
} from '@tensorflow/tfjs-core';

type Pair = [number, number];

/** How a kernel is moved over an image. */
interface Movement {
  strides: Pair;
  dilations: Pair;
}

/**
 * How many rows and columns of zeros to add before and after an image. Negative: how many rows and columns to cut
 * off.
 */
export interface Frame {
  rows: Pair;
  columns: Pair;
}

/** Steps in pixels. */
interface Strides {
  strideHeight: number;
  strideWidth: number;
}

const STEP_BY_STEP: Movement = { strides: [1, 1], dilations: [1, 1] };

/** Convolution of x `[batch, height, width, in]` with filter `[height, width, in, out]`, without padding. */
export function convolve(x: Tensor4D, filter: Tensor4D, movement: Movement = STEP_BY_STEP): Tensor4D {
  return engine().runKernel<Tensor4D>(
    Conv2D,
    { x, filter },
    { ...movement, pad: 'valid', dataFormat: 'NHWC' },
  );
}

/** Convolution of each channel of x with its own kernels `[height, width, channels, multiplier]`, without padding. */
export function convolveDepthwise(
  x: Tensor4D,
  filter: Tensor4D,
  movement: Movement = STEP_BY_STEP,
): Tensor4D {
  return engine().runKernel<Tensor4D>(DepthwiseConv2dNative, { x, filter }, { ...movement, pad: 'valid' });
}

/**
 * x `[batch, height, width, channels]` with a frame of zeros, or cut where the frame is negative. It moves whole rows
 * of pixels, which the backend does several times faster than single pixels.
 */
export function frame(x: Tensor4D, { rows, columns }: Frame): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const [framedHeight, framedWidth] = [height + rows[0] + rows[1], width + columns[0] + columns[1]];
  const kept = (side: number, [before, after]: Pair): Pair => {
    const start = Math.max(0, -before);
    return [start, side - start - Math.max(0, -after)];
  };
  const added = ([before, after]: Pair, unit: number): Pair => [
    Math.max(0, before) * unit,
    Math.max(0, after) * unit,
  ];
  const [top, keptHeight] = kept(height, rows);
  const [left, keptWidth] = kept(width, columns);
  if (keptHeight <= 0 || keptWidth <= 0) return zeros([batch, framedHeight, framedWidth, channels]);
  let whole: Tensor3D = reshape(x, [batch, height, width * channels]);
  if (keptHeight < height || keptWidth < width) {
    whole = slice(whole, [0, top, left * channels], [batch, keptHeight, keptWidth * channels]);
  }
  if (framedHeight > keptHeight || framedWidth > keptWidth) {
    whole = pad(whole, [[0, 0], added(rows, 1), added(columns, channels)]);
  }
  return reshape(whole, [batch, framedHeight, framedWidth, channels]);
}

/** Every s-th pixel of x, whose height and width are 1 more than a multiple of s. */
export function everyPixel(x: Tensor4D, { strideHeight, strideWidth }: Strides): Tensor4D {
  if (strideHeight === 1 && strideWidth === 1) return x;
  const [batch, height, width, channels] = x.shape;
  const [rows, columns] = [(height - 1) / strideHeight + 1, (width - 1) / strideWidth + 1];
  const whole = frame(x, { rows: [0, strideHeight - 1], columns: [0, strideWidth - 1] });
  const byRow = reshape(whole, [batch * rows, strideHeight * columns * strideWidth * channels]);
  const keptRows = slice(byRow, [0, 0], [batch * rows, columns * strideWidth * channels]);
  const byPixel = reshape(keptRows, [batch * rows * columns, strideWidth * channels]);
  return reshape(slice(byPixel, [0, 0], [batch * rows * columns, channels]), [
    batch,
    rows,
    columns,
    channels,
  ]);
}

/** dy `[batch, height', width', channels]` with s − 1 zeros between its rows and between its columns. */
export function spreadOut(dy: Tensor4D, { strideHeight, strideWidth }: Strides): Tensor4D {
  if (strideHeight === 1 && strideWidth === 1) return dy;
  const [batch, height, width, channels] = dy.shape;
  const zerosAfter = (x: Tensor3D, count: number): Tensor3D =>
    pad(x, [
      [0, 0],
      [0, count],
      [0, 0],
    ]);
  const pixels = zerosAfter(reshape(dy, [batch * height * width, 1, channels]), strideWidth - 1);
  const rows = zerosAfter(
    reshape(pixels, [batch * height, 1, width * strideWidth * channels]),
    strideHeight - 1,
  );
  const whole: Tensor4D = reshape(rows, [batch, height * strideHeight, width * strideWidth, channels]);
  return frame(whole, { rows: [0, 1 - strideHeight], columns: [0, 1 - strideWidth] });
}
