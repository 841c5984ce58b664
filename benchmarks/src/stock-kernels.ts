/**
 * @module
 * The same work on TensorFlow.js's own kernels, for comparison.
 */
import { registerWasmKernels, unregisterWasmKernels } from 'tfjs-wasm-kernels';

/** `work` without the kernels of tfjs-wasm-kernels, which are there again afterwards. */
export function onStockKernels<Result>(work: () => Result): () => Result {
  return () => {
    unregisterWasmKernels();
    try {
      return work();
    } finally {
      registerWasmKernels();
    }
  };
}
