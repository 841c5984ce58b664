/**
 * @module
 * The forward convolutions and poolings of images: convolutions by our own kernels where they can, everything else by the
 * stock kernels with a padding that they get right.
 */
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  Elu,
  getKernel,
  type KernelConfig,
  type KernelFunc,
  LeakyRelu,
  Prelu,
  Sigmoid,
  type Tensor4D,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { ownActivation } from '../convolutions/activation.js';
import { geometryOf } from '../convolutions/geometry.js';
import { forwardGeometry, input, type KernelArguments } from '../kernel-arguments.js';
import { type Padding, perAxis, soundPadding } from '../sound-padding.js';
import { ownConvolution, ownDepthwiseConvolution } from './own-convolution.js';
import { ownMaxPool } from './own-pooling.js';

/** Of `Conv2D` and `FusedConv2D`. */
export function fullConvolution(stock: KernelConfig): KernelFunc {
  const composed = convolution(stock);
  return (args) => byOwnKernel(args, 'full') ?? composed(args);
}

/** Of `DepthwiseConv2dNative` and `FusedDepthwiseConv2D`. */
export function depthwiseConvolution(stock: KernelConfig): KernelFunc {
  const composed = convolution(stock);
  return (args) => byOwnKernel(args, 'depthwise') ?? composed(args);
}

/** Kernels of the activations that the sums do not end with. */
const OTHER_ACTIVATIONS: Readonly<Record<string, string>> = {
  elu: Elu,
  leakyrelu: LeakyRelu,
  prelu: Prelu,
  sigmoid: Sigmoid,
};

function byOwnKernel(args: KernelArguments, kind: 'full' | 'depthwise'): TensorInfo | undefined {
  const { attrs = {}, inputs, backend } = args;
  const { x, filter, bias, preluActivationWeights: alpha } = inputs;
  if ((attrs['dataFormat'] ?? 'NHWC') !== 'NHWC' || !x || !filter) return undefined;
  if (x.dtype !== 'float32' || filter.dtype !== 'float32') return undefined;
  const info = forwardGeometry(args, { x: shape4D(x), filter: shape4D(filter) }, kind);
  // The stock kernel keeps a broken operator for such images, and ends the program when the backend is disposed.
  if (info.outShape.includes(0) && backend instanceof BackendWasm)
    return backend.makeOutput(info.outShape, 'float32');
  if (filter.shape.includes(0) || (bias && util.sizeFromShape(bias.shape) !== info.outChannels))
    return undefined;
  const activation = (attrs['activation'] ?? 'linear') as string;
  const own = ownActivation(activation);
  const other = own ? undefined : getKernel(OTHER_ACTIVATIONS[activation] ?? '', 'wasm');
  if (!own && !other) return undefined;
  const compute = kind === 'full' ? ownConvolution : ownDepthwiseConvolution;
  const y = compute(backend, geometryOf(info), x, filter, bias, own ?? 'linear');
  if (!y || !other || !(backend instanceof BackendWasm)) return y;
  const activated = other.kernelFunc({
    inputs: { x: y, alpha },
    backend,
    attrs: { alpha: attrs['leakyreluAlpha'] ?? 0 },
  });
  backend.disposeData(y.dataId);
  return [activated].flat()[0];
}

function shape4D({ shape }: TensorInfo): Tensor4D['shape'] {
  return shape as Tensor4D['shape'];
}

/** The stock kernel of a convolution; it also takes other data formats. */
function convolution(stock: KernelConfig): KernelFunc {
  return (args) => {
    const { attrs = {} } = args;
    const format = attrs['dataFormat'] ?? 'NHWC';
    if (format !== 'NHWC') return stock.kernelFunc(args);
    const [height = 1, width = 1] = input(args, 'filter').shape;
    const [rows = 1, columns = 1] = perAxis(attrs['dilations'], 2);
    return stock.kernelFunc(padded(args, [(height - 1) * rows + 1, (width - 1) * columns + 1]));
  };
}

/** Of `MaxPool`. */
export function maxPooling(stock: KernelConfig): KernelFunc {
  const composed = pooling(stock);
  return (args) => ownMaxPool(args) ?? composed(args);
}

/** Of `AvgPool` and `MaxPoolWithArgmax`. */
export function pooling(stock: KernelConfig): KernelFunc {
  return (args) => {
    const [height = 1, width = 1] = perAxis(args.attrs?.['filterSize'], 2);
    return stock.kernelFunc(padded(args, [height, width]));
  };
}

function padded(args: KernelArguments, windows: readonly [number, number]): KernelArguments {
  const { attrs = {} } = args;
  const [, height = 1, width = 1] = input(args, 'x').shape;
  const [rows = 1, columns = 1] = perAxis(attrs['strides'], 2);
  const given = attrs['pad'] as Padding;
  const pad = soundPadding(given, [height, width], windows, [rows, columns]);
  return pad === given ? args : { ...args, attrs: { ...attrs, pad: pad as number[][] } };
}
