/**
 * @module
 * Waits until TensorFlow.js computes.
 */
import { ready } from '@tensorflow/tfjs-core';
import { invalid } from '../errors.js';

/**
 * Starts the registered backend, or waits for the one that `setBackend` chose.
 *
 * @throws LpipsError where none is registered or none starts
 */
export async function backendReady(where: string): Promise<void> {
  try {
    await ready();
  } catch {
    const advice = "Import one, such as '@tensorflow/tfjs-backend-webgl', and await tf.ready().";
    throw invalid(where, 'a backend that starts', 'TensorFlow.js', 'none', advice);
  }
}
