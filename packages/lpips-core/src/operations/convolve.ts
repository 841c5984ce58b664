/**
 * @module
 * Plain stride-s convolutions with symmetric zero padding, phrased so that every backend takes them: the native
 * backend knows only 'same' and 'valid', so any other padding is done beforehand.
 */
import { Conv2D, engine, FusedConv2D, pad, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';

interface Geometry {
  stride: number;
  /** Zeros added on each of the four sides. */
  padding: number;
}

/** x `[batch, height, width, in]` with `padding` zeros on each side, and the mode that then remains. */
function padded(x: Tensor4D, kernel: number, { stride, padding }: Geometry): [Tensor4D, 'same' | 'valid'] {
  if (padding === 0) return [x, 'valid'];
  if (stride === 1 && 2 * padding === kernel - 1) return [x, 'same'];
  const side: [number, number] = [padding, padding];
  return [pad(x, [[0, 0], side, side, [0, 0]]), 'valid'];
}

/** Convolution of x `[batch, height, width, in]` with filter `[kernel, kernel, in, out]`, which never changes. */
export function convolve(x: Tensor4D, filter: Tensor4D, geometry: Geometry): Tensor4D {
  const [input, mode] = padded(x, filter.shape[0], geometry);
  return engine().runKernel<Tensor4D>(Conv2D, { x: input, filter }, attributesOf(geometry, mode));
}

/**
 * relu(convolution + bias) as one kernel, with a filter that never changes. `tf.fused.conv2d` would fall back to three
 * whenever a tape is on, even inside an operation that brings its own gradient, so the kernel is run directly.
 */
export function convolveBiasRelu(
  x: Tensor4D,
  filter: Tensor4D,
  bias: Tensor1D,
  geometry: Geometry,
): Tensor4D {
  const [input, mode] = padded(x, filter.shape[0], geometry);
  const attributes = { ...attributesOf(geometry, mode), activation: 'relu' };
  return engine().runKernel<Tensor4D>(FusedConv2D, { x: input, filter, bias }, attributes);
}

function attributesOf({ stride }: Geometry, pad: 'same' | 'valid') {
  return {
    strides: [stride, stride],
    pad,
    dataFormat: 'NHWC',
    dilations: [1, 1],
    constantFilter: true, // a backend may keep the filter in the order that suits it
  };
}
