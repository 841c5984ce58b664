/**
 * @module
 * The operations of the LPIPS metric in one pass each. lpips-core looks for them by name; the number in a name is the
 * version of the kernel's contract, which is its inputs, outputs and attributes. It rises with every change of the
 * contract, so that a package that expects another contract does not find the kernel.
 */
import {
  Conv2D,
  FusedConv2D,
  getKernel,
  type KernelFunc,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import type { Geometry } from '../convolutions/geometry.js';
import { cannot } from '../errors.js';
import { type HeapCall, type HeapKernel, onHeap } from '../heap/heap-call.js';
import { addressOf } from '../heap/heap-kernels.js';
import { floatsOf } from '../heap/tensor-views.js';
import { ownConvolution } from './own-convolution.js';

/** The same as `METRIC_KERNELS` of lpips-core, where the inputs and outputs of each are described. */
export const METRIC_KERNELS = {
  convolve: 'LpipsConvolve@1',
  unitNormalize: 'LpipsUnitNormalize@1',
  unitNormalizeGradient: 'LpipsUnitNormalizeGrad@1',
  weightedSquaredDifference: 'LpipsWeightedSquaredDifference@1',
  weightedSquaredDifferenceGradient: 'LpipsWeightedSquaredDifferenceGrad@1',
  meanWeightedSquaredDifference: 'LpipsMeanWeightedSquaredDifference@1',
  meanWeightedSquaredDifferenceGradient: 'LpipsMeanWeightedSquaredDifferenceGrad@1',
  meanUnitDifference: 'LpipsMeanUnitDifference@2',
  meanUnitDifferenceGradient: 'LpipsMeanUnitDifferenceGrad@2',
  scaleChannels: 'LpipsScaleChannels@1',
  stackPair: 'LpipsStackPair@1',
  guardedScale: 'LpipsGuardedScale@1',
  propagateNaN: 'LpipsPropagateNaN@1',
  reluGradient: 'LpipsReluGrad@1',
  maxPool: 'LpipsMaxPooling@1',
  maxPoolGradient: 'LpipsMaxPoolingGrad@1',
  maxPoolGradientOfPart: 'LpipsMaxPoolingGradOfPart@1',
  interleave: 'LpipsInterleave@1',
} as const;

/** The kernels by name, for TensorFlow.js's registry. */
export const METRIC_KERNEL_FUNCTIONS: Readonly<Record<string, KernelFunc>> = Object.fromEntries(
  Object.entries<HeapKernel>({
    [METRIC_KERNELS.convolve]: convolveForMetric,
    [METRIC_KERNELS.unitNormalize]: unitNormalize,
    [METRIC_KERNELS.unitNormalizeGradient]: unitNormalizeGradient,
    [METRIC_KERNELS.weightedSquaredDifference]: weightedSquaredDifference,
    [METRIC_KERNELS.weightedSquaredDifferenceGradient]: weightedSquaredDifferenceGradient,
    [METRIC_KERNELS.meanWeightedSquaredDifference]: meanWeightedSquaredDifference,
    [METRIC_KERNELS.meanWeightedSquaredDifferenceGradient]: meanWeightedSquaredDifferenceGradient,
    [METRIC_KERNELS.scaleChannels]: scaleChannels,
    [METRIC_KERNELS.propagateNaN]: propagateNaN,
    [METRIC_KERNELS.reluGradient]: reluGradient,
    [METRIC_KERNELS.maxPool]: maxPool,
    [METRIC_KERNELS.maxPoolGradient]: maxPoolGradient,
  }).map(([name, kernel]) => [name, onHeap(name, kernel)]),
);

/** Height and width in pixels of all images, and channels, of a tensor `[batch, height, width, channels]`. */
function sidesOf({
  shape,
}: TensorInfo): readonly [batch: number, height: number, width: number, channels: number] {
  const [batch = 1, height = 1, width = 1, channels = 1] = shape;
  return [batch, height, width, channels];
}

/** relu(x * filter + bias), or x * filter; by TensorFlow.js's own kernels where the memory does not suffice. */
function convolveForMetric({ wasm, input, inputs, attrs }: HeapCall): TensorInfo {
  const [x, filter, bias] = [input('x'), input('filter'), inputs['bias']];
  const [stride, padding] = [Number(attrs['stride']), Number(attrs['padding'])];
  const [batch, height, width, channels] = sidesOf(x);
  const [rows, columns, , out] = sidesOf(filter);
  const geometry: Geometry = {
    batch,
    height,
    width,
    in: channels,
    rows,
    columns,
    strides: [stride, stride],
    dilations: [1, 1],
    top: padding,
    left: padding,
    outHeight: Math.floor((height + 2 * padding - rows) / stride) + 1,
    outWidth: Math.floor((width + 2 * padding - columns) / stride) + 1,
    out,
  };
  const own = ownConvolution(wasm, geometry, x, filter, bias, bias ? 'relu' : 'linear');
  if (own) return own;
  const kernel = getKernel(bias ? FusedConv2D : Conv2D, 'wasm');
  const composed = kernel?.kernelFunc({
    inputs: bias ? { x, filter, bias } : { x, filter },
    backend: wasm,
    attrs: {
      strides: [stride, stride],
      pad: padding,
      dilations: [1, 1],
      dataFormat: 'NHWC',
      ...(bias && { activation: 'relu' }),
    },
  });
  const [y] = [composed ?? []].flat();
  if (!y)
    throw cannot(METRIC_KERNELS.convolve, 'compute', 'the backend has no convolution', 'Import its package.');
  return y;
}

function unitNormalize({ wasm, heap, input, attrs }: HeapCall): TensorInfo[] {
  const x = input('x');
  const [batch, height, width, channels] = sidesOf(x);
  const u = wasm.makeOutput(x.shape, 'float32');
  const r = wasm.makeOutput([batch, height, width, 1], 'float32');
  const [from, to, norms] = [x, u, r].map((tensor) => addressOf(wasm, tensor)) as [number, number, number];
  heap.unitNormalize(from, to, norms, batch * height * width, channels, Number(attrs['epsilon']));
  return [u, r];
}

function unitNormalizeGradient({ wasm, heap, input, attrs }: HeapCall): TensorInfo {
  const [dy, u, r] = [input('dy'), input('u'), input('r')];
  const [batch, height, width, channels] = sidesOf(u);
  const dx = wasm.makeOutput(u.shape, 'float32');
  heap.unitNormalizeGradient(
    addressOf(wasm, dy),
    addressOf(wasm, u),
    addressOf(wasm, r),
    addressOf(wasm, dx),
    batch * height * width,
    channels,
    Number(attrs['epsilon']),
    Number(attrs['leastNorm']),
  );
  return dx;
}

/** Calls `work` for every image with the addresses of u, and of v, which may be one image for all. */
function eachPair(
  { wasm, input }: HeapCall,
  work: (u: number, v: number, image: number, bytes: number) => void,
): void {
  const [u, v] = [input('u'), input('v')];
  const [batch, height, width, channels] = sidesOf(u);
  const bytes = height * width * channels * Float32Array.BYTES_PER_ELEMENT;
  const step = v.shape[0] === 1 ? 0 : bytes;
  const [ofU, ofV] = [addressOf(wasm, u), addressOf(wasm, v)];
  for (let image = 0; image < batch; image++) work(ofU + image * bytes, ofV + image * step, image, bytes);
}

function weightedSquaredDifference(call: HeapCall): TensorInfo {
  const { wasm, heap, input } = call;
  const [batch, height, width, channels] = sidesOf(input('u'));
  const y = wasm.makeOutput([batch, height, width, 1], 'float32');
  const [weights, to] = [addressOf(wasm, input('weights')), addressOf(wasm, y)];
  const pixels = height * width;
  eachPair(call, (u, v, image) => {
    const result = to + image * pixels * Float32Array.BYTES_PER_ELEMENT;
    heap.weightedSquaredDifference(u, v, weights, result, pixels, channels);
  });
  return y;
}

function meanWeightedSquaredDifference(call: HeapCall): TensorInfo {
  const { wasm, heap, input } = call;
  const [batch, height, width, channels] = sidesOf(input('u'));
  const y = wasm.makeOutput([batch], 'float32');
  const [weights, to] = [addressOf(wasm, input('weights')), addressOf(wasm, y)];
  eachPair(call, (u, v, image) => {
    const result = to + image * Float32Array.BYTES_PER_ELEMENT;
    heap.meanWeightedSquaredDifference(u, v, weights, result, height * width, channels);
  });
  return y;
}

function weightedSquaredDifferenceGradient(call: HeapCall): TensorInfo {
  return differenceGradient(call, { perPixel: true });
}

function meanWeightedSquaredDifferenceGradient(call: HeapCall): TensorInfo {
  return differenceGradient(call, { perPixel: false });
}

function differenceGradient(call: HeapCall, { perPixel }: { perPixel: boolean }): TensorInfo {
  const { wasm, heap, input } = call;
  const u = input('u');
  const [, height, width, channels] = sidesOf(u);
  const du = wasm.makeOutput(u.shape, 'float32');
  const [weights, dy, to] = [input('weights'), input('dy'), du].map((tensor) => addressOf(wasm, tensor)) as [
    number,
    number,
    number,
  ];
  const pixels = height * width;
  const size = Float32Array.BYTES_PER_ELEMENT;
  const [ofImage, step, divisor] = perPixel ? [pixels * size, size, 1] : [size, 0, pixels];
  eachPair(call, (u, v, image, bytes) => {
    const [from, result] = [dy + image * ofImage, to + image * bytes];
    heap.weightedSquaredDifferenceGradient(from, step, divisor, u, v, weights, result, pixels, channels);
  });
  return du;
}

function scaleChannels({ wasm, heap, input, attrs }: HeapCall): TensorInfo {
  const x = input('x');
  const y = wasm.makeOutput(x.shape, 'float32');
  const [shift, scale] = [attrs['shift'], attrs['scale']] as [number[], number[]];
  heap.scaleChannels(
    addressOf(wasm, x),
    addressOf(wasm, y),
    util.sizeFromShape(x.shape) / 3,
    ...shift,
    ...scale,
  );
  return y;
}

function propagateNaN({ wasm, heap, input }: HeapCall): TensorInfo {
  const [value, x] = [input('value'), input('x')];
  const [batch, images] = [value.shape[0] ?? 1, x.shape[0] ?? 1];
  const y = wasm.makeOutput(value.shape, 'float32');
  const [from, to] = [floatsOf(wasm, value), floatsOf(wasm, y)];
  const [ofValue, ofX] = [from.length / batch, util.sizeFromShape(x.shape) / images];
  to.set(from);
  const address = addressOf(wasm, x);
  for (let image = 0; image < images; image++) {
    const at = address + image * ofX * Float32Array.BYTES_PER_ELEMENT;
    if (heap.areFinite(at, ofX)) continue;
    if (images === 1) to.fill(Number.NaN);
    else to.fill(Number.NaN, image * ofValue, (image + 1) * ofValue);
  }
  return y;
}

function reluGradient({ wasm, heap, input }: HeapCall): TensorInfo {
  const [dy, y] = [input('dy'), input('y')];
  const dx = wasm.makeOutput(y.shape, 'float32');
  const size = util.sizeFromShape(y.shape);
  heap.reluGradient(addressOf(wasm, dy), addressOf(wasm, y), addressOf(wasm, dx), size);
  return dx;
}

/** Size and stride of a square window, and how many windows there are down and across. */
function windowsOf({ attrs }: HeapCall, height: number, width: number) {
  const [size, stride, ceil] = [Number(attrs['size']), Number(attrs['stride']), attrs['ceil'] === true];
  const round = ceil ? Math.ceil : Math.floor;
  const count = (side: number) => round((side - size) / stride) + 1;
  return { size, stride, rows: count(height), columns: count(width) };
}

function maxPool(call: HeapCall): TensorInfo {
  const { wasm, heap, input } = call;
  const x = input('x');
  const [batch, height, width, channels] = sidesOf(x);
  const { size, stride, rows, columns } = windowsOf(call, height, width);
  const y = wasm.makeOutput([batch, rows, columns, channels], 'float32');
  const geometry = [batch, height, width, channels, size, size, stride, stride, 0, 0, rows, columns];
  heap.maxPool(addressOf(wasm, x), addressOf(wasm, y), ...geometry);
  return y;
}

function maxPoolGradient(call: HeapCall): TensorInfo {
  const { wasm, heap, input } = call;
  const [dy, x, y] = [input('dy'), input('x'), input('y')];
  const [batch, height, width, channels] = sidesOf(x);
  const { size, stride, rows, columns } = windowsOf(call, height, width);
  const dx = wasm.makeOutput(x.shape, 'float32');
  const [from, image, most, to] = [dy, x, y, dx].map((tensor) => addressOf(wasm, tensor)) as [
    number,
    number,
    number,
    number,
  ];
  const geometry = [batch, height, width, channels, size, size, stride, stride, 0, 0, rows, columns];
  heap.maxPoolGradient(from, image, most, to, ...geometry);
  return dx;
}
