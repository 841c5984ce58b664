/**
 * @module
 * `Conv3D` and `AvgPool3D` with the padding `'same'`, where the windows leave out pixels at the end: the stock kernels
 * are given the volume without these pixels. Everywhere else they are called as before.
 */
import { type KernelConfig, type KernelFunc, Slice } from '@tensorflow/tfjs-core';
import { callKernel, disposeResult } from '../call-kernel.js';
import { input, type KernelArguments } from '../kernel-arguments.js';
import { perAxis, pixelsReached } from '../sound-padding.js';

/** Of `Conv3D`. */
export function convolution3D(stock: KernelConfig): KernelFunc {
  return (args) => {
    const sides = input(args, 'filter').shape.slice(0, 3);
    const dilations = perAxis(args.attrs?.['dilations'], 3);
    const windows = sides.map((side, axis) => (side - 1) * (dilations[axis] ?? 1) + 1);
    return onReached(stock, args, windows);
  };
}

/** Of `AvgPool3D`. */
export function pooling3D(stock: KernelConfig): KernelFunc {
  return (args) => onReached(stock, args, perAxis(args.attrs?.['filterSize'], 3));
}

function onReached(stock: KernelConfig, args: KernelArguments, windows: readonly number[]) {
  const x = input(args, 'x');
  const { attrs = {} } = args;
  if (attrs['pad'] !== 'same' || (attrs['dataFormat'] ?? 'NDHWC') !== 'NDHWC') return stock.kernelFunc(args);
  const strides = perAxis(attrs['strides'], 3);
  const reached = x.shape.map((side, axis) => {
    const [window, stride] = [windows[axis - 1], strides[axis - 1]];
    return window === undefined || stride === undefined ? side : pixelsReached(side, window, stride);
  });
  if (reached.join() === x.shape.join()) return stock.kernelFunc(args);
  const seen = callKernel(Slice, { x }, { begin: x.shape.map(() => 0), size: reached }, args);
  try {
    return stock.kernelFunc({ ...args, inputs: { ...args.inputs, x: seen } });
  } finally {
    disposeResult(seen, args);
  }
}
