/**
 * @module
 * Puts the gradients of resized images into the place of those that TensorFlow.js's JavaScript backend gets wrong. A model with
 * `upSampling2d` would be trained wrongly there, and be a wrong reference for others.
 */
import {
  getKernel,
  type KernelFunc,
  ResizeBilinearGrad,
  ResizeNearestNeighborGrad,
  registerKernel,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { resizeBilinearGradient, resizeNearestNeighborGradient } from './resize-gradients.js';

const BACKEND = 'cpu';

/** Marks a kernel as mended, for every copy of this package. */
const MENDED = Symbol.for('tfjs-fused-training.cpu@1');

const KERNELS: Readonly<Record<string, KernelFunc>> = {
  [ResizeNearestNeighborGrad]: resizeNearestNeighborGradient,
  [ResizeBilinearGrad]: resizeBilinearGradient,
};

/**
 * Replaces kernels of the backend `cpu` that are wrong: the gradient of `resizeNearestNeighbor` for batches above 1, and that
 * of `resizeBilinear` for images that are not square and with the centres of pixels. Where that backend is not registered, and in a second call, nothing
 * happens.
 */
export function mendCpuKernels(): void {
  for (const [kernelName, kernelFunc] of Object.entries(KERNELS)) {
    const stock = getKernel(kernelName, BACKEND);
    if (!stock || MENDED in stock) continue;
    unregisterKernel(kernelName, BACKEND);
    const mended = { ...stock, kernelFunc, [MENDED]: true };
    registerKernel(mended);
  }
}
