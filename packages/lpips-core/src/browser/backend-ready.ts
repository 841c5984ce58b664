/**
 * @module
 * Waits until TensorFlow.js has a backend.
 */
import { ready } from '@tensorflow/tfjs-core';
import { cannot } from '../errors.js';

/**
 * Starts the registered backend, or waits for the one that `setBackend` chose.
 *
 * @throws LpipsError if no backend is registered, or none starts
 */
export async function backendReady(where: string): Promise<void> {
  try {
    await ready();
  } catch {
    const advice = "Import one, such as '@tensorflow/tfjs-backend-webgl', and await tf.ready().";
    throw cannot(where, 'compute', 'TensorFlow.js has no backend that starts', advice);
  }
}
