/**
 * @module
 * What the kernels of this package are called with that compute in the memory of TensorFlow.js's backend and replace no
 * stock kernel.
 */
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc, NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import { cannot } from '../errors.js';
import { type HeapKernels, heapKernels } from './heap-kernels.js';

/** What a kernel is called with, on the WASM backend. */
export interface HeapCall {
  readonly wasm: BackendWasm;
  readonly heap: HeapKernels;
  /** An input by name. */
  readonly input: (name: string) => TensorInfo;
  readonly inputs: NamedTensorInfoMap;
  readonly attrs: NamedAttrMap;
}

/** A kernel without its checks. */
export type HeapKernel = (call: HeapCall) => TensorInfo | TensorInfo[];

/** The kernel as TensorFlow.js's registry takes it. */
export function onHeap(name: string, kernel: HeapKernel): KernelFunc {
  return ({ inputs, backend, attrs = {} }) => {
    const heap = backend instanceof BackendWasm ? heapKernels(backend) : undefined;
    if (!(backend instanceof BackendWasm) || !heap) {
      throw cannot(name, 'compute', 'this is no WASM backend with 128-bit SIMD', "Use setBackend('wasm').");
    }
    return kernel({ wasm: backend, heap, input: (input) => inputOf(name, inputs, input), inputs, attrs });
  };
}

function inputOf(kernel: string, inputs: NamedTensorInfoMap, name: string): TensorInfo {
  const input = inputs[name];
  if (!input) throw cannot(kernel, 'compute', `the input ${name} is missing`, 'Pass it.');
  return input;
}
