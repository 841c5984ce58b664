/**
 * @module
 * A kernel that makes use of another one for its own result. It calls it as a function: for the engine, and for a step that is
 * captured, both are one operation.
 */
import {
  getKernel,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { cannot } from './errors.js';
import type { KernelArguments } from './kernel-arguments.js';

/** The first result of a kernel of the WASM backend; whoever calls this disposes it with `disposeResult`. */
export function callKernel(
  name: string,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap,
  { backend }: KernelArguments,
): TensorInfo {
  const kernel = getKernel(name, 'wasm');
  const [result] = kernel ? [kernel.kernelFunc({ inputs, attrs, backend })].flat() : [];
  if (result) return result;
  throw cannot(
    name,
    'compute',
    'the WASM backend has no such kernel',
    'Import @tensorflow/tfjs-backend-wasm.',
  );
}

/** Disposes what `callKernel` gave. */
export function disposeResult({ dataId }: TensorInfo, { backend }: KernelArguments): void {
  (backend as { disposeData(dataId: object): boolean }).disposeData(dataId);
}
