/**
 * @module
 * The kernels of `assembly/heap/`: one pass over tensors where they lie, in the memory of TensorFlow.js's backend.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { OptimizerRule } from 'tfjs-fused-training';
import { heap } from '../compiled/heap.js';
import { sharedHeap } from '../compiled/shared-heap.js';
import { moduleBytes } from '../module-bytes.js';

/** What a module of `assembly/heap/index.ts` exports. Addresses are bytes; the files there say what each argument is. */
export interface HeapKernels extends OptimizerKernels {
  readonly activate: (x: number, y: number, size: number, activation: number, alpha: number) => void;
  readonly activateWithBias: (
    ...arguments_: [
      ...[x: number, bias: number, y: number],
      ...[rows: number, channels: number, activation: number, alpha: number],
    ]
  ) => void;
  readonly activationAndBiasGradient: (
    ...arguments_: [
      ...[dy: number, value: number, dx: number, sums: number],
      ...[rows: number, channels: number, activation: number, alpha: number],
    ]
  ) => void;
  readonly activationGradient: (
    ...arguments_: [dy: number, value: number, dx: number, size: number, activation: number, alpha: number]
  ) => void;
  readonly areFinite: (x: number, size: number) => number;
  readonly copyRuns: (x: number, y: number, runs: number, step: number, bytes: number) => void;
  readonly maxPool: (x: number, y: number, ...geometry: number[]) => void;
  readonly maxPoolGradient: (dy: number, x: number, y: number, dx: number, ...geometry: number[]) => void;
  readonly meanWeightedSquaredDifference: (
    ...arguments_: [u: number, v: number, weights: number, y: number, rows: number, size: number]
  ) => void;
  readonly reluGradient: (dy: number, y: number, dx: number, size: number) => void;
  readonly resizeBilinear: Resizing;
  readonly resizeBilinearGradient: Resizing;
  readonly resizeNearest: Resizing;
  readonly resizeNearestGradient: Resizing;
  readonly scaleChannels: (x: number, y: number, pixels: number, ...shiftAndScale: number[]) => void;
  readonly sumRows: (x: number, y: number, rows: number, channels: number) => void;
  readonly unitNormalize: (
    ...arguments_: [x: number, u: number, r: number, rows: number, size: number, epsilon: number]
  ) => void;
  readonly unitNormalizeGradient: (
    ...arguments_: [
      dy: number,
      u: number,
      r: number,
      dx: number,
      rows: number,
      size: number,
      e: number,
      least: number,
    ]
  ) => void;
  readonly weightedSquaredDifference: (
    ...arguments_: [u: number, v: number, weights: number, y: number, rows: number, size: number]
  ) => void;
  readonly weightedSquaredDifferenceGradient: (
    ...arguments_: [
      ...[dy: number, step: number, divisor: number, u: number, v: number],
      ...[weights: number, du: number, rows: number, size: number],
    ]
  ) => void;
}

/** From x to y, or from dy to dx. The booleans are 0 or 1. */
type Resizing = (
  ...arguments_: [
    ...[from: number, to: number, batch: number, height: number, width: number, channels: number],
    ...[outHeight: number, outWidth: number, alignCorners: number, halfPixelCenters: number],
  ]
) => void;

/** By rule: values, gradient and states, new values and states, how many numbers, coefficients. */
type OptimizerKernels = Readonly<Record<OptimizerRule, (...arguments_: number[]) => void>>;

const started = new WeakMap<object, HeapKernels | undefined>();

/** The kernels in a backend's memory; undefined where the engine has no 128-bit SIMD. */
export function heapKernels(backend: BackendWasm): HeapKernels | undefined {
  if (!started.has(backend.wasm)) started.set(backend.wasm, start(backend));
  return started.get(backend.wasm);
}

/** Address of a tensor's numbers, which does not change as long as the tensor lives. */
export function addressOf(backend: BackendWasm, { dataId }: TensorInfo): number {
  return backend.getMemoryOffset(dataId);
}

function start(backend: BackendWasm): HeapKernels | undefined {
  const memory = memoryOf(backend.wasm);
  if (!memory) return undefined;
  const isShared = !(memory.buffer instanceof ArrayBuffer);
  const bytes = moduleBytes(isShared ? sharedHeap : heap);
  if (!WebAssembly.validate(bytes)) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return exports as unknown as HeapKernels;
}

/** The memory of a module of TensorFlow.js, which its own types leave out. */
function memoryOf(module: object): WebAssembly.Memory | undefined {
  const { asm, wasmMemory } = module as {
    readonly asm?: { readonly memory?: unknown };
    readonly wasmMemory?: unknown; // of the build with threads
  };
  return [asm?.memory, wasmMemory].find((memory) => memory instanceof WebAssembly.Memory);
}
