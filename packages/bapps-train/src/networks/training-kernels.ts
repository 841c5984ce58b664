/**
 * @module
 * Which backends can train a convolutional network: those that compute the gradient of a convolution with respect to
 * its kernels. The tensorflow backend does, and WASM does with tfjs-wasm-kernels, which lpips-node registers.
 */
import { Conv2DBackpropFilter, getBackend, getKernel } from '@tensorflow/tfjs';
import { cannot } from 'lpips-core';

/**
 * Refuses a backend that cannot train a convolutional network.
 *
 * @param where function that refuses, as its caller knows it
 * @throws LpipsError naming the backend and the kernel that it lacks
 */
export function checkTrainable(where: string): void {
  const backend = getBackend();
  if (getKernel(Conv2DBackpropFilter, backend)) return;
  const advice = 'Use the tensorflow backend ("lpips backend install"), or wasm with tfjs-wasm-kernels.';
  throw cannot(where, 'train', `the backend ${backend} has no kernel ${Conv2DBackpropFilter}`, advice);
}

/**
 * Makes TensorFlow use its oneDNN kernels. On batches of small images they take a third less time for convolutions and
 * their gradients than its other kernels, which lpips-node prefers because they are faster on single large images. Call
 * it before a backend is selected, since TensorFlow reads the setting as it starts. `TF_ENABLE_ONEDNN_OPTS` in the
 * environment overrides it.
 */
export function preferBatchKernels(): void {
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1';
}
