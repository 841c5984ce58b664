/**
 * @module
 * A kernel of tfjs-node done with fewer operations. Its `step`, which every relu's gradient needs, is seven passes
 * over the data; two do.
 */
import {
  getKernel,
  type KernelConfig,
  registerKernel,
  relu,
  Step,
  sign,
  type Tensor,
  tidy,
  unregisterKernel,
} from '@tensorflow/tfjs-core';

const BACKEND = 'tensorflow';
let lean: KernelConfig | undefined;

/** Replaces the kernel once the backend is registered. Calling it again does nothing. */
export function registerLeanKernels(): void {
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
  unregisterKernel(Step, BACKEND);
  registerKernel(lean);
}
