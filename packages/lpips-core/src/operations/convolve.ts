/**
 * @module
 * Convolutions with stride s, symmetric zero padding and a constant filter. Where the backend has a kernel for them, that
 * kernel computes them. Otherwise they take a form that every backend accepts: the kernels of tfjs-node know only 'same'
 * and 'valid', so any other padding is a step of its own.
 */
import { Conv2D, engine, FusedConv2D, pad, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';
import { hasKernel, METRIC_KERNELS } from './metric-kernels.js';

interface Geometry {
  stride: number;
  /** Zeros added on each of the four sides. */
  padding: number;
}

/** Convolution of x `[batch, height, width, in]` with a constant filter `[kernel, kernel, in, out]`. */
export function convolve(x: Tensor4D, filter: Tensor4D, { stride, padding }: Geometry): Tensor4D {
  if (hasKernel(METRIC_KERNELS.convolve)) {
    return engine().runKernel<Tensor4D>(METRIC_KERNELS.convolve, { x, filter }, { stride, padding });
  }
  const [input, mode] = padded(x, filter.shape[0], { stride, padding });
  return engine().runKernel<Tensor4D>(Conv2D, { x: input, filter }, attributesOf(stride, mode));
}

/**
 * relu(convolution + bias) as one kernel, with a constant filter. The kernel is run directly, because `tf.fused.conv2d`
 * runs three kernels whenever a tape is on, even inside an operation that brings its own gradient.
 */
export function convolveBiasRelu(
  x: Tensor4D,
  filter: Tensor4D,
  bias: Tensor1D,
  { stride, padding }: Geometry,
): Tensor4D {
  if (hasKernel(METRIC_KERNELS.convolve)) {
    return engine().runKernel<Tensor4D>(METRIC_KERNELS.convolve, { x, filter, bias }, { stride, padding });
  }
  const [input, mode] = padded(x, filter.shape[0], { stride, padding });
  const attributes = { ...attributesOf(stride, mode), activation: 'relu' };
  return engine().runKernel<Tensor4D>(FusedConv2D, { x: input, filter, bias }, attributes);
}

/** x `[batch, height, width, in]`, padded where no mode does it, and the mode for the rest. */
function padded(x: Tensor4D, kernel: number, { stride, padding }: Geometry): [Tensor4D, 'same' | 'valid'] {
  if (padding === 0) return [x, 'valid'];
  if (stride === 1 && 2 * padding === kernel - 1) return [x, 'same'];
  const side: [number, number] = [padding, padding];
  return [pad(x, [[0, 0], side, side, [0, 0]]), 'valid'];
}

function attributesOf(stride: number, pad: 'same' | 'valid') {
  return {
    strides: [stride, stride],
    pad,
    dataFormat: 'NHWC',
    dilations: [1, 1],
    constantFilter: true, // a backend may keep a copy of the filter in the layout that suits it
  };
}
