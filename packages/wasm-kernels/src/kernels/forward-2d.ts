/**
 * @module
 * The forward convolutions and poolings of images: the stock kernels with a padding that they get right. Where the given
 * one is right, they are called as before.
 */
import type { KernelConfig, KernelFunc } from '@tensorflow/tfjs-core';
import { input, type KernelArguments } from '../kernel-arguments.js';
import { type Padding, perAxis, soundPadding } from '../sound-padding.js';

/** Of `Conv2D`, `DepthwiseConv2dNative` and their fused forms; other data formats stay with the stock kernel. */
export function convolution(stock: KernelConfig): KernelFunc {
  return (args) => {
    const { attrs = {} } = args;
    const format = attrs['dataFormat'] ?? 'NHWC';
    if (format !== 'NHWC') return stock.kernelFunc(args);
    const [height = 1, width = 1] = input(args, 'filter').shape;
    const [rows = 1, columns = 1] = perAxis(attrs['dilations'], 2);
    return stock.kernelFunc(padded(args, [(height - 1) * rows + 1, (width - 1) * columns + 1]));
  };
}

/** Of `AvgPool`, `MaxPool` and `MaxPoolWithArgmax`. */
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
