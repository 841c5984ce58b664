/**
 * @module
 * Tensors of the WASM backend as views of its memory. A view is lost when the memory grows, so all results are made
 * before the first view.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type TensorInfo, util } from '@tensorflow/tfjs-core';

/** The whole memory of the backend. */
export function heapBytes(backend: BackendWasm): Uint8Array<ArrayBuffer> {
  return (backend.wasm as unknown as { readonly HEAPU8: Uint8Array<ArrayBuffer> }).HEAPU8;
}

/** The numbers of a float32 tensor, in place. */
export function floatsOf(backend: BackendWasm, { dataId, shape }: TensorInfo): Float32Array {
  const { buffer } = heapBytes(backend);
  return new Float32Array(buffer, backend.getMemoryOffset(dataId), util.sizeFromShape(shape));
}
