/**
 * @module
 * Convolutions whose filters change, with their bias and activation, under the name by which tfjs-fused-training looks for
 * them.
 */
import {
  Conv2D,
  FusedConv2D,
  getKernel,
  type KernelFunc,
  type NamedAttrMap,
  registerKernel,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type Activation, TRAINING_KERNELS } from 'tfjs-fused-training';
import { cannot } from '../errors.js';
import { activate, activationIn } from './activation-kernels.js';
import { BACKEND, inputOf, type NativeBackend } from './tensorflow-operation.js';
import { asTensor } from './try-kernel.js';

/** Registers the kernel once those of activations are registered, without which no one looks for it. */
export function registerVariableConvolution(backend: NativeBackend): void {
  const kernelName = TRAINING_KERNELS.convolve;
  if (getKernel(kernelName, BACKEND) || !getKernel(TRAINING_KERNELS.activation, BACKEND)) return;
  registerKernel({
    kernelName,
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs }) => {
      const [x, filter] = [inputOf(inputs, kernelName, 'x'), inputOf(inputs, kernelName, 'filter')];
      const activation = activationIn(kernelName, { ...attrs });
      const call = { x, filter, bias: inputs['bias'], activation, keepsSums: attrs?.['keepsSums'] === true };
      return byLibrary(call, { ...attrs }, backend);
    },
  });
}

const REINSTALL = 'Install the backend again with "npx tfjs-native install".';

interface Convolution {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly bias: TensorInfo | undefined;
  readonly activation: Activation;
  readonly keepsSums: boolean;
}

/** By the kernels of fused-convolution.ts, which know relu, and any other activation in a pass of its own. */
function byLibrary(
  { x, filter, bias, activation, keepsSums }: Convolution,
  attributes: NamedAttrMap,
  backend: NativeBackend,
): TensorInfo[] {
  const isKnown =
    activation.activation === 'linear' || (activation.activation === 'relu' && bias !== undefined);
  const sums = libraryKernel(bias ? FusedConv2D : Conv2D)({
    inputs: { x, filter, ...(bias && { bias }) },
    attrs: { ...attributes, dataFormat: 'NHWC', activation: isKnown ? activation.activation : 'linear' },
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
