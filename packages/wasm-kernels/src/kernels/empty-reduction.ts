/**
 * @module
 * `Sum`, `Mean`, `Prod`, `Max`, `Min`, `All` and `Any` over no numbers, such as the cost of an empty batch. The stock kernels
 * leave the result as its memory was before. Here it is what NumPy gives, or the identity of the reduction where NumPy refuses.
 */
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type KernelFunc, type TensorInfo, util } from '@tensorflow/tfjs-core';

/** @param identity each number of the result where there are none to reduce */
export function reduction(identity: number): (stock: KernelConfig) => KernelFunc {
  return (stock) => (args) => {
    const result = stock.kernelFunc(args) as TensorInfo;
    const { x } = args.inputs;
    const isEmpty = x !== undefined && util.sizeFromShape(x.shape) === 0;
    if (isEmpty && args.backend instanceof BackendWasm) {
      args.backend.typedArrayFromHeap(result).fill(identity);
    }
    return result;
  };
}
