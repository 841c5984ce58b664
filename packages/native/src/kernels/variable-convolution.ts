/**
 * @module
 * Convolutions whose filters change, with their bias and activation, under the name by which tfjs-fused-training looks for
 * them. Our operations pack the filter at every call and take the activation while the sums lie in the cache.
 */
import {
  backend_util,
  Conv2D,
  FusedConv2D,
  getKernel,
  type KernelFunc,
  registerKernel,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type Activation, TRAINING_KERNELS } from 'tfjs-fused-training';
import { cannot } from '../errors.js';
import { hasAvx512 } from '../processor.js';
import { activate, activationAttributes, activationIn } from './activation-kernels.js';
import { ATTRIBUTE, BACKEND, inputOf, type NativeBackend } from './tensorflow-operation.js';
import { agree, asTensor, wave } from './try-kernel.js';
import { isForWinograd } from './winograd.js';

/** Registers the kernel once those of activations are registered, without which no one looks for it. */
export function registerVariableConvolution(backend: NativeBackend): void {
  const kernelName = TRAINING_KERNELS.convolve;
  if (getKernel(kernelName, BACKEND) || !getKernel(TRAINING_KERNELS.activation, BACKEND)) return;
  const holdsOwn = computesTheSame(backend);
  const leastChannels = hasAvx512() ? 2 : 8;
  registerKernel({
    kernelName,
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs }) => {
      const [x, filter] = [inputOf(inputs, kernelName, 'x'), inputOf(inputs, kernelName, 'filter')];
      const activation = activationIn(kernelName, { ...attrs });
      const steps: Partial<Steps> = { ...attrs };
      const { strides = [1, 1], pad = 'valid', dilations = [1, 1] } = steps;
      const convolution = {
        x,
        filter,
        bias: inputs['bias'],
        activation,
        strides,
        pad,
        dilations,
        keepsSums: attrs?.['keepsSums'] === true,
      };
      const padding = holdsOwn ? ownPadding(convolution, leastChannels) : undefined;
      return padding === undefined ? byLibrary(convolution, backend) : byOwn(convolution, padding, backend);
    },
  });
}

const REINSTALL = 'Install the backend again with "npx tfjs-native install".';

/** How the filter moves, as TensorFlow.js writes it. */
interface Steps {
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid';
  readonly dilations: [number, number];
}

interface Convolution extends Steps {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly bias: TensorInfo | undefined;
  readonly activation: Activation;
  readonly keepsSums: boolean;
}

/**
 * Zeros on each side of an image, where our operations know the convolution and are the faster ones.
 *
 * @param leastChannels of the result: with fewer, of which most of a panel of ours stays empty, oneDNN is faster
 */
function ownPadding(
  { x, filter, strides, pad, dilations }: Convolution,
  leastChannels: number,
): number | undefined {
  const [kernel, kernelWidth, , channelsOut = 0] = filter.shape;
  const isPlain =
    kernel === kernelWidth && strides[0] === strides[1] && dilations.every((rate) => rate === 1);
  const isFaster = kernel !== 1 && channelsOut >= leastChannels; // oneDNN is faster for pixels alone
  if (!isPlain || !isFaster || x.shape.includes(0)) return undefined;
  const { padInfo, outHeight, outWidth } = backend_util.computeConv2DInfo(
    x.shape as [number, number, number, number],
    filter.shape as [number, number, number, number],
    strides,
    dilations,
    pad,
  );
  if (Math.min(outHeight, outWidth) < 1) return undefined;
  const { top, bottom, left, right } = padInfo;
  return [bottom, left, right].every((side) => side === top) ? top : undefined;
}

/** By the operations of cpp/winograd.cc and cpp/direct.cc. */
function byOwn(
  { x, filter, bias, activation, keepsSums, strides }: Convolution,
  padding: number,
  backend: NativeBackend,
): TensorInfo[] {
  const [stride] = strides;
  const isWinograd = isForWinograd(x.shape, filter.shape, stride, padding, backend);
  const algorithm = isWinograd ? 'LpipsWinograd' : 'LpipsDirect';
  const attributes = [
    { name: 'stride', type: ATTRIBUTE.int, value: stride },
    { name: 'padding', type: ATTRIBUTE.int, value: padding },
    ...activationAttributes(activation),
  ];
  const inputs = [x, filter, bias ?? noBias(backend)];
  if (keepsSums) return backend.executeMultipleOutputs(`${algorithm}FusedSums`, attributes, inputs, 2);
  return [backend.executeSingleOutput(`${algorithm}Fused`, attributes, inputs)];
}

const withoutBias = new WeakMap<NativeBackend, TensorInfo>();

/** An empty tensor, which all calls share. */
function noBias(backend: NativeBackend): TensorInfo {
  const known = withoutBias.get(backend);
  if (known) return known;
  const made: TensorInfo = {
    dataId: backend.write(new Float32Array(0), [0], 'float32'),
    shape: [0],
    dtype: 'float32',
  };
  withoutBias.set(backend, made);
  return made;
}

/** Two correct float32 convolutions differ by about 1e-7. */
const LARGEST_DIFFERENCE = 1e-5;

/** Whether the binding and the processor have the operations, and they compute what the libraries do. */
function computesTheSame(backend: NativeBackend): boolean {
  const activation: Activation = { activation: 'leakyRelu', alpha: 0.2 };
  const steps: Steps = { strides: [1, 1], pad: 'same', dilations: [1, 1] };
  return [8, 32].every((channels) =>
    agree(LARGEST_DIFFERENCE, () => {
      const inputs = {
        x: wave([2, 5, 7, 16], 0.7),
        filter: wave([3, 3, 16, channels], 1.3),
        bias: undefined,
      };
      const convolution = { ...inputs, ...steps, activation, keepsSums: false };
      const [own, library] = [byOwn(convolution, 1, backend), byLibrary(convolution, backend)];
      return [asTensor(library[0] as TensorInfo), asTensor(own[0] as TensorInfo)];
    }),
  );
}

/** By the kernels of fused-convolution.ts, which know relu, and any other activation in a pass of its own. */
function byLibrary(
  { x, filter, bias, activation, keepsSums, strides, pad, dilations }: Convolution,
  backend: NativeBackend,
): TensorInfo[] {
  const isKnown =
    activation.activation === 'linear' || (activation.activation === 'relu' && bias !== undefined);
  const sums = libraryKernel(bias ? FusedConv2D : Conv2D)({
    inputs: { x, filter, ...(bias && { bias }) },
    attrs: {
      strides,
      pad,
      dilations,
      dataFormat: 'NHWC',
      activation: isKnown ? activation.activation : 'linear',
    },
    backend,
  }) as TensorInfo;
  if (isKnown) return keepsSums ? [sums, sums] : [sums];
  const y = activate(sums, undefined, activation, backend);
  if (keepsSums) return [y, sums];
  asTensor(sums).dispose();
  return [y];
}

function libraryKernel(name: string): KernelFunc {
  const kernel = getKernel(name, BACKEND);
  if (!kernel) throw cannot(TRAINING_KERNELS.convolve, 'convolve', `there is no ${name}`, REINSTALL);
  return kernel.kernelFunc;
}
