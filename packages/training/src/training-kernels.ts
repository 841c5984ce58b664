/**
 * @module
 * The kernels that a backend may bring for training, by name and contract. A kernel's name carries the version of its
 * contract, which is its inputs, outputs and attributes. The version rises with every change of the contract, so that
 * packages of different contracts do not find each other's kernels. Where a backend has not registered a kernel,
 * TensorFlow.js computes as it would without this package.
 */
import { getBackend, getKernel } from '@tensorflow/tfjs-core';

export const TRAINING_KERNELS = {
  optimizer: 'FusedOptimizer@1',
} as const;

/** A name under which a backend may register a kernel for training. */
type TrainingKernel = (typeof TRAINING_KERNELS)[keyof typeof TRAINING_KERNELS];

/** Whether the current backend has registered the kernel. */
export function hasTrainingKernel(kernel: TrainingKernel): boolean {
  return getKernel(kernel, getBackend()) !== undefined;
}
