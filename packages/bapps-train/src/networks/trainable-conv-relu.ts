/**
 * @module
 * relu(convolution + bias) with gradients to kernels, bias and input, as one operation. The forward pass is one fused
 * kernel, and only the input and the result are kept for the gradient.
 *
 * Derivation: with g = dy·step(y), the gradients of y = relu(x * w + b) are ∂b = Σ g over batch and place, and those of
 * a plain convolution under g for x and w. The gradient of relu at 0 is 0.
 */
import {
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  engine,
  FusedConv2D,
  mul,
  pad,
  sign,
  slice,
  sum,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs';
import { type ConvRelu, differentiable } from 'lpips-core/equation';

/**
 * relu(x * filter + bias), differentiable with respect to all three.
 *
 * @param x float32 `[batch, height, width, in]`
 * @param filter float32 `[kernel, kernel, in, out]`
 * @param bias float32 `[out]`
 * @param geometry stride and zeros on each side
 * @param input `constant`: no gradient with respect to x is computed
 * @returns float32 `[batch, height', width', out]`, ≥ 0
 */
export function trainableConvRelu(
  x: Tensor4D,
  filter: Tensor4D,
  bias: Tensor1D,
  geometry: Pick<ConvRelu, 'stride' | 'padding' | 'kernel'>,
  input: 'variable' | 'constant' = 'variable',
): Tensor4D {
  const forward = () => fusedConvolution(x, filter, bias, geometry);
  if (input === 'constant') {
    return differentiable([filter, bias], () => {
      const y = forward();
      return {
        value: y,
        saved: [x, y],
        gradient: (dy: Tensor4D, x: Tensor4D, y: Tensor4D): [Tensor4D, Tensor1D] => {
          const g = mul<Tensor4D>(dy, sign(y));
          return [filterGradient(x, g, filter.shape, geometry), sum<Tensor1D>(g, [0, 1, 2])];
        },
      };
    });
  }
  return differentiable([x, filter, bias], () => {
    const y = forward();
    return {
      value: y,
      saved: [x, y, filter],
      gradient: (
        dy: Tensor4D,
        x: Tensor4D,
        y: Tensor4D,
        filter: Tensor4D,
      ): [Tensor4D, Tensor4D, Tensor1D] => {
        const g = mul<Tensor4D>(dy, sign(y));
        return [
          inputGradient(g, filter, x.shape, geometry),
          filterGradient(x, g, filter.shape, geometry),
          sum<Tensor1D>(g, [0, 1, 2]),
        ];
      },
    };
  });
}

type Geometry = Pick<ConvRelu, 'stride' | 'padding' | 'kernel'>;

/** Convolution, bias and relu in one kernel. No kernel may cache the filter, which changes at every step. */
function fusedConvolution(x: Tensor4D, filter: Tensor4D, bias: Tensor1D, geometry: Geometry): Tensor4D {
  const { input, mode } = padded(x, geometry);
  const strides = [geometry.stride, geometry.stride];
  const attrs = { strides, pad: mode, dataFormat: 'NHWC', dilations: [1, 1], activation: 'relu' };
  return engine().runKernel<Tensor4D>(FusedConv2D, { x: input, filter, bias }, attrs);
}

function filterGradient(
  x: Tensor4D,
  dy: Tensor4D,
  filterShape: Tensor4D['shape'],
  geometry: Geometry,
): Tensor4D {
  const { input, mode } = padded(x, geometry);
  const attrs = { strides: geometry.stride, pad: mode, dataFormat: 'NHWC', filterShape };
  return engine().runKernel<Tensor4D>(Conv2DBackpropFilter, { x: input, dy }, attrs);
}

function inputGradient(
  dy: Tensor4D,
  filter: Tensor4D,
  shape: Tensor4D['shape'],
  geometry: Geometry,
): Tensor4D {
  const [batch, height, width, channels] = shape;
  const margin = keepsSize(geometry) ? 0 : geometry.padding;
  const inputShape = [batch, height + 2 * margin, width + 2 * margin, channels];
  const pad = keepsSize(geometry) ? 'same' : 'valid';
  const attrs = { strides: geometry.stride, pad, dataFormat: 'NHWC', inputShape };
  const dx = engine().runKernel<Tensor4D>(Conv2DBackpropInput, { dy, filter }, attrs);
  return margin === 0 ? dx : slice(dx, [0, margin, margin, 0], shape);
}

function padded(x: Tensor4D, geometry: Geometry): { input: Tensor4D; mode: 'same' | 'valid' } {
  if (keepsSize(geometry)) return { input: x, mode: 'same' };
  const side: [number, number] = [geometry.padding, geometry.padding];
  return { input: pad(x, [[0, 0], side, side, [0, 0]]), mode: 'valid' };
}

/** Whether the padding is that of TensorFlow.js's 'same'. */
function keepsSize({ stride, padding, kernel }: Geometry): boolean {
  return stride === 1 && 2 * padding === kernel - 1;
}
