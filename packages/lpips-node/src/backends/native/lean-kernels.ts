/**
 * @module
 * Kernels of tfjs-node done with fewer operations of TensorFlow, or faster ones: convolutions with bias and relu and their
 * gradients, the steps of the equation, the gradient of a relu, and `step`, which takes two passes over the data here
 * instead of seven.
 */
import {
  engine,
  getKernel,
  type KernelConfig,
  registerKernel,
  relu,
  Step,
  sign,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { OWN_KERNELS } from 'lpips-core/equation';
import { registerConvolutionGradients } from './convolution-gradients.js';
import { registerEquationKernels } from './equation-kernels.js';
import { registerFusedConvolutions } from './fused-convolution.js';
import type { Device } from './native-platform.js';
import {
  ATTRIBUTE,
  BACKEND,
  FLOAT32,
  isNativeBackend,
  type NativeBackend,
  replaceKernel,
} from './tensorflow-operation.js';

let lean: KernelConfig | undefined;

/** Replaces the kernels once the backend is registered. Calling it again does nothing. */
export function registerLeanKernels(device: Device): void {
  registerStep();
  const backend = engine().findBackend(BACKEND);
  if (!isNativeBackend(backend)) return;
  registerReluGradient(backend);
  if (device !== 'cpu') return;
  registerFusedConvolutions(backend);
  registerConvolutionGradients(backend);
  registerEquationKernels(backend);
}

/** TensorFlow's own gradient of a relu, one pass over dy and y, under the name by which lpips-core looks for it. */
function registerReluGradient(backend: NativeBackend): void {
  const kernelName = OWN_KERNELS.reluGradient;
  if (getKernel(kernelName, BACKEND)) return;
  registerKernel({
    kernelName,
    backendName: BACKEND,
    kernelFunc: ({ inputs: { dy, y } }) => {
      if (!dy || !y) throw new Error('ReluGrad: dy and y are needed');
      const type = { name: 'T', type: ATTRIBUTE.type, value: FLOAT32 };
      return backend.executeSingleOutput('ReluGrad', [type], [dy, y]);
    },
  });
}

function registerStep(): void {
  const stock = getKernel(Step, BACKEND);
  if (!stock || stock === lean) return;
  lean = {
    ...stock,
    kernelFunc: (params) => {
      const x = params.inputs['x'] as Tensor;
      const isPlain = params.attrs?.['alpha'] === 0 && x.dtype === 'float32';
      return isPlain ? tidy(() => sign(relu(x))) : stock.kernelFunc(params);
    },
  };
  replaceKernel(lean);
}
