/**
 * @module
 * `Identity`, which TensorFlow.js runs for every tensor that it saves for a gradient. The stock kernel copies the values.
 * Here the copy shares them, as on other backends: values never change, and the backend counts who uses them.
 */
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, KernelFunc } from '@tensorflow/tfjs-core';

/** A tensor with the values of x. */
export function identity(stock: KernelConfig): KernelFunc {
  return (args) => {
    const { backend, inputs } = args;
    const { x } = inputs;
    if (!(backend instanceof BackendWasm) || !x) return stock.kernelFunc(args);
    backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  };
}
