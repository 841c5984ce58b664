/**
 * @module
 * `AvgPoolGrad`. The stock kernel divides by the whole window at the edges too, where the forward kernel divides by the
 * number n of pixels that lie within the image.
 *
 * Derivation, in one dimension: y[o] = 1/n[o] Σ_k x[o·s + k − p], so dx[i] = Σ_k dy[(i + p − k) / s] / n[(i + p − k) / s]
 * over whole quotients: the input gradient of a depthwise convolution with ones, for dy / n.
 */
import {
  AvgPoolGrad,
  backend_util,
  DepthwiseConv2dNativeBackpropInput,
  div,
  engine,
  type NamedAttrMap,
  ones,
  type Tensor4D,
  tensor4d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { unsupported } from '../errors.js';
import { image, type KernelArguments } from '../kernel-arguments.js';
import { type Padding, perAxis, soundPadding } from '../sound-padding.js';

/** dx `[batch, height, width, channels]` from dy and the shape of x. */
export function avgPoolGrad(args: KernelArguments): Tensor4D {
  const dy = image(AvgPoolGrad, args, 'dy');
  const x = image(AvgPoolGrad, args, 'input');
  return tidy(() => spreadAverages(AvgPoolGrad, dy, x.shape, args.attrs ?? {}));
}

/**
 * The gradient of an average pooling of images. It leaves tensors behind that the caller's `tidy` disposes.
 *
 * @param kernel name for the error
 * @param dy `[batch, height', width', channels]`
 * @param shape of dx, `[batch, height, width, channels]`
 * @param attrs of the pooling
 * @throws WasmKernelError for a dy of another shape
 */
export function spreadAverages(
  kernel: string,
  dy: Tensor4D,
  shape: Tensor4D['shape'],
  attrs: NamedAttrMap,
): Tensor4D {
  const [filterHeight = 1, filterWidth = 1] = perAxis(attrs['filterSize'], 2);
  const [strideHeight = 1, strideWidth = 1] = perAxis(attrs['strides'], 2);
  const [, height, width, channels] = shape;
  const windows: [number, number] = [filterHeight, filterWidth];
  const strides: [number, number] = [strideHeight, strideWidth];
  const pad = soundPadding(attrs['pad'] as Padding, [height, width], windows, strides);
  const { outShape, padInfo } = backend_util.computePool2DInfo(shape, windows, strides, 1, pad);
  if (outShape.join() !== dy.shape.join()) {
    const [expected, got] = [outShape, dy.shape].map((each) => `[${each.join(', ')}]`) as [string, string];
    throw unsupported(kernel, expected, 'dy', got, 'Pool without dimRoundingMode.');
  }
  if (dy.size === 0) return zeros(shape);
  const { top, bottom, left, right } = padInfo;
  const rows = pixelsOfWindows(outShape[1], height, filterHeight, strideHeight, top);
  const columns = pixelsOfWindows(outShape[2], width, filterWidth, strideWidth, left);
  const counts = rows.flatMap((inRow) => columns.map((inColumn) => inRow * inColumn));
  const shares = div(dy, tensor4d(counts, [1, rows.length, columns.length, 1]));
  const filter = ones([filterHeight, filterWidth, channels, 1]);
  const explicit = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]; // of batch, height, width and channels
  return engine().runKernel<Tensor4D>(
    DepthwiseConv2dNativeBackpropInput,
    { dy: shares, filter },
    { strides, pad: explicit, dilations: 1, inputShape: shape },
  );
}

/** How many pixels of a side each window covers. One that lies in the padding covers none, and 1 stands for it. */
function pixelsOfWindows(
  count: number,
  size: number,
  window: number,
  stride: number,
  before: number,
): number[] {
  return Array.from({ length: count }, (_, index) => {
    const start = index * stride - before;
    return Math.max(1, Math.min(size, start + window) - Math.max(0, start));
  });
}
