/**
 * @module
 * Names of kernels with which a backend may do an operation of the metric in one pass. Where a kernel is missing, the
 * operation is composed of TensorFlow.js's own kernels. The number in a name is the version of the kernel's contract.
 */
import { getBackend, getKernel } from '@tensorflow/tfjs-core';
import { floatBits } from './backend-traits.js';

/** The contract of each kernel: inputs → outputs; attributes. */
export const METRIC_KERNELS = {
  /** x, filter `[kernel, kernel, in, out]`, which never changes, bias `[out]` → relu(x * filter + bias), or without a bias
   * x * filter; stride, padding (zeros on each of the four sides, fewer than the kernel's side) */
  convolve: 'LpipsConvolve@1',
  /** x → u, r = ‖x‖ `[batch, height, width, 1]`; epsilon */
  unitNormalize: 'LpipsUnitNormalize@1',
  /** dy, u, r → dx; epsilon, leastNorm */
  unitNormalizeGradient: 'LpipsUnitNormalizeGrad@1',
  /** u, v, weights → y `[batch, height, width, 1]` */
  weightedSquaredDifference: 'LpipsWeightedSquaredDifference@1',
  /** dy, u, v, weights → du */
  weightedSquaredDifferenceGradient: 'LpipsWeightedSquaredDifferenceGrad@1',
  /** u, v, weights → y `[batch]` */
  meanWeightedSquaredDifference: 'LpipsMeanWeightedSquaredDifference@1',
  /** dy, u, v, weights → du */
  meanWeightedSquaredDifferenceGradient: 'LpipsMeanWeightedSquaredDifferenceGrad@1',
  /** x `[2 batch, …]`, the activations of images and then of their references, weights, added → added and the mean weighted squared
   * difference of their unit-normalised features, `[batch]`; epsilon. `added` may be empty */
  meanUnitDifference: 'LpipsMeanUnitDifference@2',
  /** dy, x as above, weights, above → the gradient of one side of x before the relu that made x, with what came from above it, which
   * may be empty; epsilon, leastNorm, side: 0 for the images, 1 for their references */
  meanUnitDifferenceGradient: 'LpipsMeanUnitDifferenceGrad@2',
  /** x `[batch, height, width, 3]` → (x − shift) / scale; shift, scale: three numbers each */
  scaleChannels: 'LpipsScaleChannels@1',
  /** x, y `[batch, height, width, 3]` → (x − shift) / scale and then (y − shift) / scale, `[2 batch, …]`, and a mark for each
   * pair, `[batch]`: 0, or NaN if a value of either is not finite; shift, scale */
  stackPair: 'LpipsStackPair@1',
  /** dy `[batch, height, width, 3]`, marks `[batch]` → dy / scale, NaN for an image with the mark NaN or with a dy that is not
   * finite; scale */
  guardedScale: 'LpipsGuardedScale@1',
  /** value `[batch, …]`, x `[batch or 1, …]` → value, NaN for an image x that is not finite */
  propagateNaN: 'LpipsPropagateNaN@1',
  /** dy, y → dx */
  reluGradient: 'LpipsReluGrad@1',
  /** x, ≥ 0 → y, the largest value of each window; size, stride, ceil: whether a window that hangs over the edge counts */
  maxPool: 'LpipsMaxPooling@1',
  /** dy, x, y → dx: the first of equal maxima gets it; size, stride, ceil */
  maxPoolGradient: 'LpipsMaxPoolingGrad@1',
  /** dy, x, y → dx, where x and y hold more images than dy, of which its first is number `first`; size, stride, first */
  maxPoolGradientOfPart: 'LpipsMaxPoolingGradOfPart@1',
  /** x `[batch, rows, columns, stride² channels]`, phase after phase → y `[batch, height, width, channels]`, whose pixel i, j lies in
   * phase (i + padding) mod stride, (j + padding) mod stride; 0 beyond x; stride, padding, height, width */
  interleave: 'LpipsInterleave@1',
} as const;

/** Whether the current backend has this kernel, and keeps floats in 32 bits, for which they all are. */
export function hasKernel(name: string): boolean {
  return getKernel(name, getBackend()) !== undefined && floatBits() === 32;
}
