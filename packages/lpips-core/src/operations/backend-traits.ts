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
  /** Whether NaN passes its convolutions with relu. */
  readonly propagatesNaN: boolean;
  /** Whether its convolutions are faster on two batches as one than on one after the other. */
  readonly isFasterStacked: boolean;
}

/** Backends by the name that they register under. Times are those of two images of 64x64 to 256x256, one thread. */
const MEASURED: Readonly<Record<string, BackendTraits>> = {
  // Walks each window in reading order and keeps the first maximum; Math.max keeps NaN. Stacked: no gain.
  cpu: { routesToFirstMaximum: true, propagatesNaN: true, isFasterStacked: false },
  // Its tie is the last. Stacked: from 9 % slower to 13 % faster, for twice the memory.
  wasm: { routesToFirstMaximum: false, propagatesNaN: true, isFasterStacked: false },
  // Its tie is the last; its shaders test for NaN. Each image is drawn on its own: stacked, its results would be copied.
  webgl: { routesToFirstMaximum: false, propagatesNaN: true, isFasterStacked: false },
  // As webgl. relu is `select(a, 0.0, a < 0.0)`, which NaN passes. It cannot be probed: it reads asynchronously.
  webgpu: { routesToFirstMaximum: false, propagatesNaN: true, isFasterStacked: false },
  // On a CPU. Eigen keeps the first maximum; oneDNN's fused relu turns NaN into 0. Stacked: up to 17 % faster.
  tensorflow: { routesToFirstMaximum: true, propagatesNaN: false, isFasterStacked: true },
};

const PROBED = new WeakMap<KernelBackend, BackendTraits>();

/** The traits of the current backend. */
export function backendTraits(): BackendTraits {
  const [name, current] = [getBackend(), backend()];
  const measured = Object.hasOwn(MEASURED, name) ? MEASURED[name] : undefined;
  // tfjs-node-gpu registers as tensorflow too, where cuDNN computes instead of Eigen and oneDNN.
  if (measured && Reflect.get(current, 'isUsingGpuDevice') !== true) return measured;
  let traits = PROBED.get(current);
  if (!traits) {
    traits = { ...probeBackend(), isFasterStacked: measured?.isFasterStacked ?? false };
    PROBED.set(current, traits);
  }
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
