/**
 * @module
 * `tf.fused.conv2d` for training. TensorFlow.js takes its three steps apart where a gradient is asked for, since it has no gradient of
 * them together. This function has, where the backend brings the kernels.
 */
import { fused, type Tensor, type Tensor1D, type Tensor3D, type Tensor4D } from '@tensorflow/tfjs-core';
import { invalid } from '../errors.js';
import type { Activation, ActivationName } from './activation.js';
import { canConvolve, fusedConvolution } from './fused-convolution.js';

/** The options of `tf.fused.conv2d`. */
export type FusedConv2dOptions<Image extends Tensor3D | Tensor4D = Tensor4D> = Parameters<
  typeof fused.conv2d<Image>
>[0];

/** Activations of TensorFlow.js, by what the kernels call them. A `prelu` has weights, which they do not know. */
const NAMES: Readonly<Record<string, ActivationName>> = {
  linear: 'linear',
  relu: 'relu',
  relu6: 'relu6',
  elu: 'elu',
  sigmoid: 'sigmoid',
  leakyrelu: 'leakyRelu',
};

/** Slope of a leaky relu below 0, as TensorFlow.js sets it. */
const LEAK = 0.2;

/**
 * f(x * filter + bias), with the options and results of `tf.fused.conv2d` for tensors, and as one operation under gradients too. Gradients are
 * computed only where they are asked for. What the kernels do not know is left to TensorFlow.js: other backends, a `prelu`, dilation,
 * channels first, paddings in numbers, a bias that is broadcast, images without a batch, and the inner one of two nested gradients.
 *
 * @returns float32 `[batch, height, width, out]`; the caller disposes
 * @throws TrainingError unless the options are an object with tensors x and filter, and as `tf.fused.conv2d`
 */
export function fusedConv2d<Image extends Tensor3D | Tensor4D>(options: FusedConv2dOptions<Image>): Image {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid('fusedConv2d', 'an object', 'options', options, 'Give x, filter, strides and pad.');
  }
  const {
    x,
    filter,
    bias,
    strides,
    pad,
    dataFormat = 'NHWC',
    dilations = 1,
    preluActivationWeights,
  } = options;
  for (const [name, value] of Object.entries({ x, filter })) {
    if (!isTensor(value))
      throw invalid('fusedConv2d', 'a tensor', name, value, 'tf.fused.conv2d takes arrays too.');
  }
  const activation = activationOf(options as FusedConv2dOptions);
  const isKnown =
    activation !== undefined &&
    preluActivationWeights === undefined &&
    dataFormat === 'NHWC' &&
    (pad === 'same' || pad === 'valid') &&
    [dilations].flat().every((rate) => rate === 1) &&
    (bias === undefined || isTensor(bias)) &&
    canConvolve(x as Tensor, filter as Tensor, bias as Tensor | undefined);
  if (!isKnown) return fused.conv2d(options);
  const [down, across = down] = [strides].flat() as [number, number?];
  return fusedConvolution(
    x as Tensor4D,
    filter as Tensor4D,
    bias as Tensor1D | undefined,
    { strides: [down, across], pad },
    activation,
  ) as Image;
}

function activationOf({
  activation = 'linear',
  leakyreluAlpha = LEAK,
}: Pick<FusedConv2dOptions, 'activation' | 'leakyreluAlpha'>): Activation | undefined {
  const name = Object.hasOwn(NAMES, activation) ? NAMES[activation] : undefined;
  if (name === undefined) return undefined;
  if (name !== 'leakyRelu') return { activation: name, alpha: 0 };
  return leakyreluAlpha >= 0 ? { activation: name, alpha: leakyreluAlpha } : undefined;
}

function isTensor(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'dataId' in value;
}
