/**
 * @module
 * How TensorFlow.js's backends differ where the metric has to know. What was measured on a backend stands here with its
 * reason; any other is probed once.
 */
import { backend, env, getBackend, type KernelBackend } from '@tensorflow/tfjs-core';
import { probeBackend } from './probe-backend.js';

/** What the metric has to know of a backend. */
export interface BackendTraits {
  /** Whether its `MaxPoolGrad` gives the gradient of a window to the first of equal maxima, and once. */
  readonly routesToFirstMaximum: boolean;
  /** Whether its convolutions are faster on two batches as one than on one after the other. */
  readonly isFasterStacked: boolean;
  /** Whether `data()` has copied the values when it returns its promise, so that the tensor may be disposed then. */
  readonly readsAtOnce: boolean;
}

/** Right on every backend, and slower on some. */
const CAREFUL: BackendTraits = {
  routesToFirstMaximum: false,
  isFasterStacked: false,
  readsAtOnce: false,
};

/** Backends by the name that they register under. Times are those of two images of 64x64 to 256x256, one thread. */
const MEASURED: ReadonlyMap<string, BackendTraits> = new Map([
  // It walks each window in reading order and keeps the first maximum. Stacking brings no gain.
  ['cpu', { ...CAREFUL, routesToFirstMaximum: true, readsAtOnce: true }],
  // A tie goes to the last. Stacking makes it 9 % slower to 13 % faster, for twice the memory.
  ['wasm', { ...CAREFUL, readsAtOnce: true }],
  // A tie goes to the last. Each image is drawn on its own, so stacked results would have to be copied.
  ['webgl', CAREFUL],
  // Ties and stacking are as on webgl. WebGPU reads asynchronously, so it cannot be probed.
  ['webgpu', CAREFUL],
  // On a CPU: Eigen keeps the first maximum. Stacking makes it up to 17 % faster.
  ['tensorflow', { routesToFirstMaximum: true, isFasterStacked: true, readsAtOnce: true }],
]);

const PROBED = new WeakMap<KernelBackend, BackendTraits>();

/** The traits of the current backend. */
export function backendTraits(): BackendTraits {
  const current = backend();
  const measured = MEASURED.get(getBackend());
  // tfjs-node-gpu registers as tensorflow too, but there cuDNN computes instead of Eigen and oneDNN.
  if (measured && Reflect.get(current, 'isUsingGpuDevice') !== true) return measured;
  const traits = PROBED.get(current) ?? { ...CAREFUL, ...measured, ...probeBackend() };
  PROBED.set(current, traits);
  return traits;
}

/**
 * In how many bits the current backend keeps floats: 16 where textures hold half floats, as on many phones, else 32.
 * WebGL's own `floatPrecision()` is not asked: it answers 16 also where it renders to 32-bit textures, on almost every
 * desktop.
 */
export function floatBits(): 16 | 32 {
  if (getBackend() !== 'webgl') return backend().floatPrecision();
  return env().getBool('WEBGL_RENDER_FLOAT32_ENABLED') ? 32 : 16;
}

/**
 * Whether the current backend gives values at once (`dataSync`). WebGPU draws on an `OffscreenCanvas` for that, which Node
 * lacks. `data()` works everywhere.
 */
export function readsSynchronously(): boolean {
  return getBackend() !== 'webgpu' || typeof OffscreenCanvas !== 'undefined';
}

/** Memory that the current backend can address, in bytes, or undefined where that is not known. */
export function addressableBytes(): number | undefined {
  return getBackend() === 'wasm' ? 4 * 2 ** 30 : undefined;
}
