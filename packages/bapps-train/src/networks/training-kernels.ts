/**
 * @module
 * Which backends can train a convolutional network: those with the gradient of a convolution with respect to its
 * kernels. The tensorflow backend has it; WASM has it with tfjs-wasm-kernels.
 */
import { Conv2DBackpropFilter, getBackend, getKernel } from '@tensorflow/tfjs';
import { invalid } from 'lpips-core';

/**
 * Refuses a backend that cannot train a convolutional network.
 *
 * @param where function that refuses, as its caller knows it
 * @throws LpipsError naming the backend and what it lacks
 */
export function checkTrainable(where: string): void {
  const backend = getBackend();
  if (getKernel(Conv2DBackpropFilter, backend)) return;
  const advice =
    'Use the tensorflow backend ("lpips backend install"), or wasm with tfjs-wasm-kernels imported.';
  const requirement = `a backend with the kernel ${Conv2DBackpropFilter}`;
  throw invalid(where, requirement, 'backend', `"${backend}", which lacks it`, advice);
}

/** Where the current backend is WASM, registers the gradient kernels that it lacks. */
export async function addTrainingKernels(): Promise<void> {
  if (getBackend() !== 'wasm') return;
  const { registerWasmKernels } = await import('tfjs-wasm-kernels');
  registerWasmKernels();
}

/**
 * TensorFlow's oneDNN kernels take a third less for the convolutions of batches of small images and their gradients
 * than its own, which lpips-node prefers for single large ones. Heard by the native backend as it starts, so it is to
 * be called before one is selected; the environment has the last word.
 */
export function preferBatchKernels(): void {
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1';
}
