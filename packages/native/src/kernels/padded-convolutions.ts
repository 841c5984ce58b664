/**
 * @module
 * Convolutions, depthwise ones and their gradients with paddings in numbers, of which tfjs-node takes only explicit ones and those
 * in the forward pass alone, and dilated depthwise ones and the gradients of all dilated ones, which TensorFlow does not have on the processor. Each becomes
 * the same operation without padding and dilation, which the kernels know:
 *
 *     x is padded with zeros, and what is asked for of its gradient is the part inside the padding.
 *     A filter of dilation d has d − 1 zeros between its taps, and its gradient is taken at every d-th tap.
 */
import {
  backend_util,
  Conv2D,
  type Conv2DAttrs,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  engine,
  FusedConv2D,
  FusedDepthwiseConv2D,
  getKernel,
  type KernelConfig,
  pad,
  reshape,
  slice,
  stridedSlice,
  Tensor,
  type TensorInfo,
  tidy,
} from '@tensorflow/tfjs-core';
import { registerDilatedGradients } from 'tfjs-fused-training';
import { BACKEND, replaceKernel } from './tensorflow-operation.js';
import { asTensor } from './try-kernel.js';

type Sides = [number, number, number, number];
type Attributes = Partial<Conv2DAttrs> & { readonly filterShape?: Sides; readonly inputShape?: Sides };

/** What a kernel computes, and whether its filter is depthwise. */
const ROLES: Readonly<Record<string, readonly ['forward' | 'filter' | 'input', boolean]>> = {
  [Conv2D]: ['forward', false],
  [FusedConv2D]: ['forward', false],
  [DepthwiseConv2dNative]: ['forward', true],
  [FusedDepthwiseConv2D]: ['forward', true],
  [Conv2DBackpropFilter]: ['filter', false],
  [DepthwiseConv2dNativeBackpropFilter]: ['filter', true],
  [Conv2DBackpropInput]: ['input', false],
  [DepthwiseConv2dNativeBackpropInput]: ['input', true],
};

const padded = new WeakSet<KernelConfig>();

/** Puts itself in front of each kernel that is registered, ours or tfjs-node's. A second call changes nothing. */
export function registerPaddedConvolutions(): void {
  for (const name of Object.keys(ROLES)) {
    const kernel = getKernel(name, BACKEND);
    if (!kernel || padded.has(kernel)) continue;
    const ours = withPadding(kernel);
    padded.add(ours);
    replaceKernel(ours);
  }
  registerDilatedGradients(BACKEND);
}

function withPadding(kernel: KernelConfig): KernelConfig {
  const [role, isDepthwise] = ROLES[kernel.kernelName] ?? ['forward', false];
  return {
    ...kernel,
    kernelFunc: (call) => {
      const attributes: Attributes = { ...call.attrs };
      const { x, filter } = call.inputs as { readonly x?: TensorInfo; readonly filter?: TensorInfo };
      const [xShape, filterShape] = [
        x?.shape ?? attributes.inputShape,
        filter?.shape ?? attributes.filterShape,
      ];
      const plan = planOf(role, isDepthwise, attributes, xShape as Sides, filterShape as Sides);
      if (!plan) return kernel.kernelFunc(call);
      return tidy(() => {
        const run = (inputs: Readonly<Record<string, TensorInfo>>, rest: object = {}): Tensor => {
          const attrs = { ...call.attrs, ...rest, ...plan.attributes };
          return asTensor(
            kernel.kernelFunc({ ...call, inputs: { ...call.inputs, ...inputs }, attrs }) as TensorInfo,
          );
        };
        if (role === 'forward')
          return run({ x: plan.padX(x as TensorInfo), filter: plan.expand(filter as TensorInfo) });
        if (role === 'filter') {
          return plan.shrink(run({ x: plan.padX(x as TensorInfo) }, { filterShape: plan.filterShape }));
        }
        return plan.inside(run({ filter: plan.expand(filter as TensorInfo) }, { inputShape: plan.xShape }));
      });
    },
  };
}

/** How a call becomes one without padding; undefined where the kernel knows it as it is, or it is of another kind. */
function planOf(
  role: 'forward' | 'filter' | 'input',
  isDepthwise: boolean,
  attributes: Attributes,
  x: Sides,
  filter: Sides,
) {
  const {
    strides = 1,
    pad: padding = 'valid',
    dilations = 1,
    dataFormat = 'NHWC',
    dimRoundingMode,
  } = attributes;
  if (dataFormat !== 'NHWC' || x.length !== 4 || [...x, ...filter].includes(0)) return undefined;
  const rates = [dilations].flat() as number[];
  const isDilated = (role !== 'forward' || isDepthwise) && rates.some((rate) => rate > 1);
  if (typeof padding === 'string' && !isDilated) return undefined;
  const info = backend_util.computeConv2DInfo(
    x,
    filter,
    strides,
    dilations,
    padding,
    dimRoundingMode,
    isDepthwise,
  );
  const { top, bottom, left, right } = info.padInfo;
  const wide: Sides = [x[0], x[1] + top + bottom, x[2] + left + right, x[3]];
  const [down, across] = isDilated ? [info.dilationHeight, info.dilationWidth] : [1, 1];
  const [height, width, channelsIn, channelsOut] = filter;
  const spread: Sides = [(height - 1) * down + 1, (width - 1) * across + 1, channelsIn, channelsOut];
  const steps = isDilated ? 1 : dilations;
  const plain = backend_util.computeConv2DInfo(wide, spread, strides, steps, 'valid', undefined, isDepthwise);
  // Where a part of a window counts at the edge, by the rounding mode, TensorFlow has no such convolution.
  if (plain.outHeight !== info.outHeight || plain.outWidth !== info.outWidth) return undefined;
  return {
    xShape: wide,
    filterShape: spread,
    attributes: { pad: 'valid', dilations: steps },
    // [batch, height, width, channel]
    padX: (images: TensorInfo) =>
      pad(sharing(images), [
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ]),
    inside: (images: Tensor) => slice(images, [0, top, left, 0], x),
    // [height, width, in, out]
    expand: (taps: TensorInfo) => {
      if (!isDilated) return sharing(taps);
      const apart = reshape(sharing(taps), [height, 1, width, 1, channelsIn, channelsOut]);
      const zeros: [number, number][] = [
        [0, 0],
        [0, down - 1],
        [0, 0],
        [0, across - 1],
        [0, 0],
        [0, 0],
      ];
      const whole = reshape(pad(apart, zeros), [height * down, width * across, channelsIn, channelsOut]);
      return slice(whole, [0, 0, 0, 0], spread);
    },
    shrink: (taps: Tensor) =>
      isDilated ? stridedSlice(taps, [0, 0, 0, 0], spread, [down, across, 1, 1]) : taps,
  };
}

/** A tensor of the same values, for operations of TensorFlow.js. */
function sharing(tensor: TensorInfo): Tensor {
  if (tensor instanceof Tensor) return tensor;
  engine().backend.incRef(tensor.dataId);
  return engine().makeTensorFromTensorInfo(tensor);
}
