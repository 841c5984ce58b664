/**
 * @module
 * The two gradients of a convolution by operations of our own where they are the faster ones: that of the filter as sums of
 * outer products (cpp/filter-gradient.cc), of 3x3 by Winograd's algorithm, that of the input as a convolution of dy with the
 * filter turned around (cpp/winograd.cc and cpp/direct.cc), of which the channels are the phases of the image where there is a
 * stride.
 */
import {
  backend_util,
  Conv2DBackpropFilter,
  type Conv2DBackpropFilterAttrs,
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  type KernelConfig,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { ATTRIBUTE, inputOf, type NativeBackend } from './tensorflow-operation.js';
import { isFilterGradientByWinograd, isForWinograd } from './winograd.js';

type Sides = [number, number, number, number];
type Attributes = Partial<Conv2DBackpropFilterAttrs & Conv2DBackpropInputAttrs & { dilations: unknown }>;

/** A kernel for one of the gradients, with our operation for the calls that it is for. */
export function byOwnOperation(kernel: KernelConfig, backend: NativeBackend): KernelConfig {
  const compute = kernel.kernelName === Conv2DBackpropFilter ? filterGradient : inputGradient;
  return {
    ...kernel,
    kernelFunc: (call) => {
      const tensor = (name: string) => inputOf(call.inputs, kernel.kernelName, name);
      const other = tensor(kernel.kernelName === Conv2DBackpropInput ? 'filter' : 'x');
      return compute(tensor('dy'), other, { ...call.attrs }, backend) ?? kernel.kernelFunc(call);
    },
  };
}

/** From so many weights on oneDNN is faster: what our sums take of a panel no longer stays in the cache. */
const MOST_WEIGHTS = 2 ** 18;

function filterGradient(
  dy: TensorInfo,
  x: TensorInfo,
  attributes: Attributes,
  backend: NativeBackend,
): TensorInfo | undefined {
  const { filterShape } = attributes;
  const geometry = filterShape && geometryOf(dy, x, x.shape as Sides, filterShape, attributes);
  if (!geometry) return undefined;
  const { strideHeight, strideWidth, padInfo } = geometry;
  const isForSums =
    filterShape[2] * filterShape[3] < MOST_WEIGHTS ||
    isFilterGradientByWinograd(dy.shape, filterShape, [strideHeight, strideWidth], backend);
  if (!isForSums) return undefined;
  const values = {
    kernel_height: filterShape[0],
    kernel_width: filterShape[1],
    stride_down: strideHeight,
    stride_across: strideWidth,
    top: padInfo.top,
    left: padInfo.left,
  };
  const integers = Object.entries(values).map(([name, value]) => ({ name, type: ATTRIBUTE.int, value }));
  return backend.executeSingleOutput('LpipsFilterGrad', integers, [x, dy]);
}

function inputGradient(
  dy: TensorInfo,
  filter: TensorInfo,
  attributes: Attributes,
  backend: NativeBackend,
): TensorInfo | undefined {
  const { inputShape } = attributes;
  if (!inputShape) return undefined;
  const geometry = geometryOf(dy, filter, inputShape, filter.shape as Sides, attributes);
  if (!geometry) return undefined;
  const { strideHeight: stride, padInfo } = geometry;
  const [height, width, channelsIn, channelsOut] = filter.shape as Sides;
  if (height !== width || stride !== geometry.strideWidth || padInfo.top !== padInfo.left) return undefined;
  const isEven = [padInfo.bottom, padInfo.right].every((side) => side === padInfo.top);
  const turned = [height, width, channelsOut, channelsIn];
  const isWinograd =
    stride === 1 && isEven && isForWinograd(dy.shape, turned, 1, height - 1 - padInfo.top, backend);
  const isDirect = isForPanels(height, stride ** 2 * channelsIn) && channelsIn * channelsOut < MOST_WEIGHTS;
  if (!isWinograd && !isDirect) return undefined;
  const integer = (name: string, value: number) => ({ name, type: ATTRIBUTE.int, value });
  const padding = integer('padding', padInfo.top);
  if (stride === 1 && isEven) {
    const operation = isWinograd ? 'LpipsWinogradInputGrad' : 'LpipsDirectInputGrad';
    return backend.executeSingleOutput(operation, [padding], [dy, filter]);
  }
  const [, rows, columns] = inputShape;
  const phases = [integer('stride', stride), padding, integer('height', rows), integer('width', columns)];
  return backend.executeSingleOutput('LpipsStridedInputGrad', phases, [dy, filter]);
}

/** Whether our operation is the faster one. oneDNN is for pixels alone, and where much of a panel of ours stays empty. */
function isForPanels(kernel: number, channels: number): boolean {
  return kernel > 1 && (channels === 8 || channels === 16 || channels % 32 === 0);
}

/** Strides and padding of a convolution that our operations know, or undefined. */
function geometryOf(
  dy: TensorInfo,
  other: TensorInfo,
  inputShape: Sides,
  filterShape: Sides,
  { strides = 1, pad = 'valid', dataFormat = 'NHWC', dimRoundingMode, dilations = 1 }: Attributes,
): backend_util.Conv2DInfo | undefined {
  const isPlain =
    dataFormat === 'NHWC' &&
    [dy, other].every(({ dtype }) => dtype === 'float32') &&
    [dilations].flat().every((rate) => rate === 1) &&
    ![...dy.shape, ...inputShape, ...filterShape].includes(0);
  return isPlain
    ? backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, pad, dimRoundingMode)
    : undefined;
}
