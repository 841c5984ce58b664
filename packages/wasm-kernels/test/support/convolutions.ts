/**
 * @module
 * The gradient kernels of convolutions, called as TensorFlow.js's gradient functions call them, and their witnesses on
 * the JavaScript backend. Its kernels take no dilation, so a filter with zeros between its weights stands in.
 */
import {
  backend_util,
  engine,
  type NamedAttrMap,
  pad,
  type Rank,
  reshape,
  slice,
  stridedSlice,
  type Tensor,
  type Tensor4D,
  tensor4d,
} from '@tensorflow/tfjs';
import { randomValues, sizeOf } from '../../../../test/support/numbers.js';

type Shape4D = [number, number, number, number];
type Pair = [number, number];

/** A forward convolution. `filter`: `[height, width, in, out]`, or `[…, in, multiplier]` where it is depthwise. */
export interface Convolution {
  x: Shape4D;
  filter: Shape4D;
  strides: number | Pair;
  dilations: number | Pair;
  pad: Parameters<typeof backend_util.computeConv2DInfo>[4];
  kind: 'full' | 'depthwise';
}

const KERNELS = {
  full: { input: 'Conv2DBackpropInput', filter: 'Conv2DBackpropFilter' },
  depthwise: {
    input: 'DepthwiseConv2dNativeBackpropInput',
    filter: 'DepthwiseConv2dNativeBackpropFilter',
  },
} as const;

/** The geometry in the words of TensorFlow.js's own tests. */
export function title({ x, filter, strides, dilations, pad }: Convolution): string {
  const [height, width, , out] = filter;
  return `x=[${x.join()}] f=[${height},${width}] o=${out} s=${String(strides)} d=${String(dilations)} p=${JSON.stringify(pad).replaceAll('"', '')}`;
}

/** dy and the filter. */
export function inputsOfInputGradient(convolution: Convolution): Record<string, Tensor> {
  return { dy: seededGradient(convolution), filter: seededFilter(convolution.filter) };
}

/** x and dy. */
export function inputsOfFilterGradient(convolution: Convolution): Record<string, Tensor> {
  const x = tensor4d(randomValues(sizeOf(convolution.x), 1), convolution.x);
  return { x, dy: seededGradient(convolution) };
}

/** dx on the current backend. */
export function inputGradient(
  convolution: Convolution,
  inputs = inputsOfInputGradient(convolution),
  attrs: NamedAttrMap = {},
): Tensor {
  return run('input', convolution, inputs, { inputShape: convolution.x, ...attrs });
}

/** dw on the current backend. */
export function filterGradient(
  convolution: Convolution,
  inputs = inputsOfFilterGradient(convolution),
  attrs: NamedAttrMap = {},
): Tensor {
  return run('filter', convolution, inputs, { filterShape: convolution.filter, ...attrs });
}

/** dx by kernels that take no dilation. */
export function inputGradientWitness(convolution: Convolution): Tensor {
  const inputs = {
    dy: seededGradient(convolution),
    filter: spread(seededFilter(convolution.filter), pairOf(convolution.dilations)),
  };
  return run('input', { ...convolution, dilations: 1 }, inputs, { inputShape: convolution.x });
}

/** dw by kernels that take no dilation. */
export function filterGradientWitness(convolution: Convolution): Tensor {
  const [rows, columns] = pairOf(convolution.dilations);
  const [height, width, channelsIn, out] = convolution.filter;
  const filterShape: Shape4D = [(height - 1) * rows + 1, (width - 1) * columns + 1, channelsIn, out];
  const inputs = inputsOfFilterGradient(convolution);
  const ofAll = run('filter', { ...convolution, dilations: 1 }, inputs, { filterShape });
  return stridedSlice(ofAll, [0, 0, 0, 0], filterShape, [rows, columns, 1, 1]);
}

function run(
  side: 'input' | 'filter',
  { kind, strides, pad, dilations }: Convolution,
  inputs: Record<string, Tensor>,
  attrs: NamedAttrMap,
): Tensor {
  const common: NamedAttrMap = { strides, pad, dilations, dataFormat: 'NHWC' };
  return engine().runKernel<Tensor>(KERNELS[kind][side], inputs, { ...common, ...attrs });
}

function seededFilter(shape: Shape4D): Tensor4D {
  return tensor4d(randomValues(sizeOf(shape), 2), shape);
}

function seededGradient({ x, filter, strides, dilations, pad, kind }: Convolution): Tensor4D {
  const { outShape } = backend_util.computeConv2DInfo(
    x,
    filter,
    strides,
    dilations,
    pad,
    undefined,
    kind === 'depthwise',
  );
  return tensor4d(randomValues(sizeOf(outShape), 3), outShape);
}

/** Puts d − 1 zeros between the weights of a filter. */
function spread(filter: Tensor4D, [rows, columns]: Pair): Tensor4D {
  const [height, width, channelsIn, out] = filter.shape;
  const inner = channelsIn * out;
  const wide = pad(reshape(filter, [height * width, 1, inner]), [
    [0, 0],
    [0, columns - 1],
    [0, 0],
  ]);
  const tall = pad(reshape(wide, [height, 1, width * columns * inner]), [
    [0, 0],
    [0, rows - 1],
    [0, 0],
  ]);
  const size: Shape4D = [(height - 1) * rows + 1, (width - 1) * columns + 1, channelsIn, out];
  return slice(reshape<Rank.R4>(tall, [height * rows, width * columns, channelsIn, out]), [0, 0, 0, 0], size);
}

function pairOf(value: number | Pair): Pair {
  return typeof value === 'number' ? [value, value] : value;
}
