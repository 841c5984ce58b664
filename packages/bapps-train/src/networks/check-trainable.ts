/**
 * @module
 * Which backends can train a convolutional network: those with the gradient of a convolution with respect to its
 * kernels.
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
    'Use the tensorflow backend ("lpips backend install"), or register the kernel with tfjs-wasm-training.';
  const requirement = `a backend with the kernel ${Conv2DBackpropFilter}`;
  throw invalid(where, requirement, 'backend', `"${backend}", which lacks it`, advice);
}
