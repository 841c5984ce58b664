/**
 * @module
 * Kernels beyond TensorFlow.js's own, which a backend may bring to do an operation of the metric in one pass. Without
 * them it is composed of TensorFlow.js's.
 */
import { getBackend, getKernel } from '@tensorflow/tfjs-core';

/** Name, inputs → outputs, attributes. */
export const OWN_KERNELS = {
  /** x → u, r = ‖x‖ `[batch, height, width, 1]`; epsilon */
  unitNormalize: 'UnitNormalize',
  /** dy, u, r → dx; epsilon, leastNorm */
  unitNormalizeGradient: 'UnitNormalizeGrad',
  /** u, v, weights → y `[batch, height, width, 1]` */
  weightedSquaredDifference: 'WeightedSquaredDifference',
  /** dy, u, v, weights → du */
  weightedSquaredDifferenceGradient: 'WeightedSquaredDifferenceGrad',
  /** x `[batch, height, width, 1]` → y `[batch]` */
  spatialMean: 'SpatialMean',
  /** dy → dx; height, width */
  spatialMeanGradient: 'SpatialMeanGrad',
  /** dy, y → dx */
  reluGradient: 'ReluGrad',
} as const;

/** Whether the current backend has one. */
export function hasKernel(name: string): boolean {
  return getKernel(name, getBackend()) !== undefined;
}
