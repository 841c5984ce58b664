/**
 * @module
 * `Conv3DBackpropInputV2` and `Conv3DBackpropFilterV2`. The stock kernels give wrong values, the one for
 * filters at strides above 1.
 *
 * Derivation, in depth: y[o] = Σ_k x[o·s + k − p] * w[k], where * is a convolution in height and width. So
 * dx[o·s + k − p] gathers over k the input gradients of those convolutions, and dw[k] is the filter gradient of one
 * convolution over all slices o at once, in which slice o of dy meets slice o·s + k − p of x.
 */
import {
  addN,
  backend_util,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  Conv3DBackpropFilterV2,
  Conv3DBackpropInputV2,
  engine,
  type NamedAttrMap,
  reshape,
  stack,
  type Tensor,
  type Tensor4D,
  type Tensor5D,
  tidy,
  unstack,
  zeros,
} from '@tensorflow/tfjs-core';
import { unsupported } from '../errors.js';
import { everyPixel, frame, spreadOut } from '../forward-kernels.js';
import { type KernelArguments, volume } from '../kernel-arguments.js';

type Shape5D = [number, number, number, number, number];
type Geometry = backend_util.Conv3DInfo;

/** dx `[batch, depth, height, width, in]` from dy and the filter `[depth, height, width, in, out]`. */
export function conv3DBackpropInput(args: KernelArguments): Tensor {
  const dy = volume(Conv3DBackpropInputV2, args, 'dy');
  const filter = volume(Conv3DBackpropInputV2, args, 'filter');
  const x = args.attrs?.['inputShape'] as Shape5D;
  const geometry = geometryOf(Conv3DBackpropInputV2, args, x, filter.shape, dy);
  const { batchSize, inDepth, inHeight, inWidth, inChannels, outDepth, padInfo } = geometry;
  return tidy(() => {
    if (dy.size === 0) return zeros(x);
    const inputShape = [batchSize * outDepth, inHeight, inWidth, inChannels];
    const slices = unstack(filter).map((plane, k) => {
      const inputs = { dy: planesOf(dy), filter: plane };
      const attrs = { ...planeAttrs(geometry), inputShape };
      const gradient = engine().runKernel<Tensor>(Conv2DBackpropInput, inputs, attrs);
      const spread = spreadOut(inDepthOnly(gradient, batchSize, outDepth), alongDepth(geometry));
      const before = k - padInfo.front;
      return frame(spread, { rows: [before, inDepth - spread.shape[1] - before], columns: [0, 0] });
    });
    return reshape(addN(slices), x);
  });
}

/** dw `[depth, height, width, in, out]` from x `[batch, depth, height, width, in]` and dy. */
export function conv3DBackpropFilter(args: KernelArguments): Tensor {
  const x = volume(Conv3DBackpropFilterV2, args, 'x');
  const dy = volume(Conv3DBackpropFilterV2, args, 'dy');
  const filter = args.attrs?.['filterShape'] as Shape5D;
  const geometry = geometryOf(Conv3DBackpropFilterV2, args, x.shape, filter, dy);
  const { batchSize, inDepth, inHeight, inWidth, inChannels, outDepth, strideDepth, padInfo } = geometry;
  return tidy(() => {
    if (x.size === 0 || dy.size === 0) return zeros(filter);
    const whole = inDepthOnly(x, batchSize, inDepth);
    const attrs = { ...planeAttrs(geometry), filterShape: filter.slice(1) };
    const planes = Array.from({ length: filter[0] }, (_, k) => {
      const before = padInfo.front - k;
      const after = (outDepth - 1) * strideDepth + 1 - inDepth - before;
      const met = everyPixel(frame(whole, { rows: [before, after], columns: [0, 0] }), alongDepth(geometry));
      const slices = reshape(met, [batchSize * outDepth, inHeight, inWidth, inChannels]);
      return engine().runKernel<Tensor>(Conv2DBackpropFilter, { x: slices, dy: planesOf(dy) }, attrs);
    });
    return stack(planes);
  });
}

function geometryOf(
  kernel: string,
  { attrs }: KernelArguments,
  x: Shape5D,
  filter: Shape5D,
  dy: Tensor,
): Geometry {
  const strides = attrs?.['strides'] as number | [number, number, number];
  const pad = attrs?.['pad'] as 'same' | 'valid';
  const geometry = withinVolume(backend_util.computeConv3DInfo(x, filter, strides, 1, pad));
  if (geometry.outShape.join() === dy.shape.join()) return geometry;
  const [expected, got] = [geometry.outShape, dy.shape].map((shape) => `[${shape.join(', ')}]`) as [
    string,
    string,
  ];
  const advice = 'It is the gradient of the output, so it has the shape of the output.';
  throw unsupported(kernel, expected, 'dy', got, advice);
}

/** The geometry with TensorFlow's padding, which is never negative (see `sound-padding.ts`). */
function withinVolume(geometry: Geometry): Geometry {
  const sides = Object.entries(geometry.padInfo).map(([side, padding]) => [
    side,
    typeof padding === 'number' ? Math.max(0, padding) : padding,
  ]);
  return { ...geometry, padInfo: Object.fromEntries(sides) as Geometry['padInfo'] };
}

/** The convolution in height and width. */
function planeAttrs({ strideHeight, strideWidth, padInfo }: Geometry): NamedAttrMap {
  const { top, bottom, left, right } = padInfo;
  const pad = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return { strides: [strideHeight, strideWidth], pad, dataFormat: 'NHWC' };
}

function alongDepth({ strideDepth }: Geometry) {
  return { strideHeight: strideDepth, strideWidth: 1 };
}

/** `[batch, depth, height, width, channels]` → `[batch · depth, height, width, channels]`. */
function planesOf(volumes: Tensor5D): Tensor4D {
  const [batch, depth, height, width, channels] = volumes.shape;
  return reshape(volumes, [batch * depth, height, width, channels]);
}

/** Volumes or planes as `[batch, depth, 1, values of a plane]`. */
function inDepthOnly(volumes: Tensor, batch: number, depth: number): Tensor4D {
  return reshape(volumes, [batch, depth, 1, volumes.size / (batch * depth)]);
}
