/**
 * @module
 * The gradient of a relu. TensorFlow has one operation for it, which takes dy and y, and lpips-core calls that. The
 * gradient function of TensorFlow.js multiplies dy by `step(x)`, which tfjs-node computes in seven passes over the
 * data; here it takes two.
 */
import { getKernel, registerKernel, relu, Step, sign, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { METRIC_KERNELS } from './metric-kernels.js';
import {
  ATTRIBUTE,
  BACKEND,
  FLOAT32,
  type NativeBackend,
  replaceKernel,
  stockKernel,
} from './tensorflow-operation.js';

/** dx = dy where y > 0, else 0: TensorFlow's operation, under the name by which lpips-core looks for it. */
export function registerReluGradient(backend: NativeBackend): void {
  const kernelName = METRIC_KERNELS.reluGradient;
  if (getKernel(kernelName, BACKEND)) return;
  registerKernel({
    kernelName,
    backendName: BACKEND,
    kernelFunc: ({ inputs: { dy, y } }) => {
      if (!dy || !y) throw new Error(`${kernelName}: dy and y are needed`);
      const type = { name: 'T', type: ATTRIBUTE.type, value: FLOAT32 };
      return backend.executeSingleOutput('ReluGrad', [type], [dy, y]);
    },
  });
}

/** step(x) = sign(relu(x)) for float32 and a slope of 0 below 0: 1 above 0, 0 up to 0, NaN for NaN. */
export function registerStep(): void {
  const stock = stockKernel(Step);
  if (!stock) return;
  replaceKernel({
    ...stock,
    kernelFunc: (params) => {
      const x = params.inputs['x'] as Tensor;
      const isPlain = params.attrs?.['alpha'] === 0 && x.dtype === 'float32';
      return isPlain ? tidy(() => sign(relu(x))) : stock.kernelFunc(params);
    },
  });
}
