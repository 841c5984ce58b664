/**
 * @module
 * Convolutions and their gradients by the kernels of `assembly/threads/`, on all threads. Each function returns undefined where
 * these cannot compute: the engine lacks 128-bit SIMD or shared memory, or the memory does not suffice. The caller then
 * composes TensorFlow.js's own kernels.
 */
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Activation } from '../convolutions/activation.js';
import { convolve } from '../convolutions/convolve.js';
import {
  convolveDepthwise,
  depthwiseFilterGradient,
  depthwiseInputGradient,
} from '../convolutions/depthwise.js';
import { filterGradient } from '../convolutions/filter-gradient.js';
import type { Geometry } from '../convolutions/geometry.js';
import { inputGradient } from '../convolutions/input-gradient.js';
import { packedFilter } from '../convolutions/kept-filters.js';
import { methodFor, tapsInOrder } from '../convolutions/packed-filter.js';
import { floatsOf } from '../heap/tensor-views.js';
import { type Pool, pool } from '../pool/pool.js';

/** Makes a result, has it computed, and disposes it again where that fails. */
function compute(
  backend: unknown,
  shape: number[],
  work: (pool: Pool, backend: BackendWasm, result: TensorInfo) => boolean,
): TensorInfo | undefined {
  if (!(backend instanceof BackendWasm)) return undefined;
  const threads = pool();
  if (!threads) return undefined;
  const result = backend.makeOutput(shape, 'float32');
  let isDone = false;
  try {
    isDone = work(threads, backend, result);
  } finally {
    if (!isDone) backend.disposeData(result.dataId, true);
  }
  return isDone ? result : undefined;
}

/**
 * activation(x * filter + bias)
 *
 * @param x float32 `[batch, height, width, in]`
 * @param filter float32 `[rows, columns, in, out]`
 * @param bias float32 `[out]`
 * @returns float32 `[batch, outHeight, outWidth, out]`
 */
export function ownConvolution(
  backend: unknown,
  g: Geometry,
  x: TensorInfo,
  filter: TensorInfo,
  bias: TensorInfo | undefined,
  activation: Activation,
): TensorInfo | undefined {
  return compute(backend, [g.batch, g.outHeight, g.outWidth, g.out], (threads, wasm, y) => {
    const packed = packedFilter(threads, wasm, filter, tapsInOrder(g), methodFor(g));
    if (!packed) return false;
    const ending = { bias: bias && floatsOf(wasm, bias), activation };
    return convolve(threads, g, floatsOf(wasm, x), packed, ending, floatsOf(wasm, y));
  });
}

/** dx `[batch, height, width, in]` from dy `[batch, outHeight, outWidth, out]` and the filter of a convolution. */
export function ownInputGradient(
  backend: unknown,
  g: Geometry,
  dy: TensorInfo,
  filter: TensorInfo,
): TensorInfo | undefined {
  return compute(backend, [g.batch, g.height, g.width, g.in], (threads, wasm, dx) =>
    inputGradient(threads, g, floatsOf(wasm, dy), floatsOf(wasm, filter), floatsOf(wasm, dx)),
  );
}

/** dw `[rows, columns, in, out]` from x `[batch, height, width, in]` and dy `[batch, outHeight, outWidth, out]`. */
export function ownFilterGradient(
  backend: unknown,
  g: Geometry,
  x: TensorInfo,
  dy: TensorInfo,
): TensorInfo | undefined {
  return compute(backend, [g.rows, g.columns, g.in, g.out], (threads, wasm, dw) =>
    filterGradient(threads, g, floatsOf(wasm, x), floatsOf(wasm, dy), floatsOf(wasm, dw)),
  );
}

/** `ownConvolution` of each channel with its own kernels; filter `[rows, columns, in, multiplier]`. */
export function ownDepthwiseConvolution(
  backend: unknown,
  g: Geometry,
  x: TensorInfo,
  filter: TensorInfo,
  bias: TensorInfo | undefined,
  activation: Activation,
): TensorInfo | undefined {
  return compute(backend, [g.batch, g.outHeight, g.outWidth, g.out], (threads, wasm, y) => {
    const ending = { bias: bias && floatsOf(wasm, bias), activation };
    return convolveDepthwise(
      threads,
      g,
      floatsOf(wasm, x),
      floatsOf(wasm, filter),
      ending,
      floatsOf(wasm, y),
    );
  });
}

/** `ownInputGradient` of a depthwise convolution. */
export function ownDepthwiseInputGradient(
  backend: unknown,
  g: Geometry,
  dy: TensorInfo,
  filter: TensorInfo,
): TensorInfo | undefined {
  return compute(backend, [g.batch, g.height, g.width, g.in], (threads, wasm, dx) =>
    depthwiseInputGradient(threads, g, floatsOf(wasm, dy), floatsOf(wasm, filter), floatsOf(wasm, dx)),
  );
}

/** `ownFilterGradient` of a depthwise convolution: dw `[rows, columns, in, multiplier]`. */
export function ownDepthwiseFilterGradient(
  backend: unknown,
  g: Geometry,
  x: TensorInfo,
  dy: TensorInfo,
): TensorInfo | undefined {
  return compute(backend, [g.rows, g.columns, g.in, g.out / g.in], (threads, wasm, dw) =>
    depthwiseFilterGradient(threads, g, floatsOf(wasm, x), floatsOf(wasm, dy), floatsOf(wasm, dw)),
  );
}
