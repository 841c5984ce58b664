/**
 * @module
 * The kernels that a backend may bring for training, by name and contract. A kernel's name carries the version of its
 * contract, which is its inputs, outputs and attributes. The version rises with every change of the contract, so that
 * packages of different contracts do not find each other's kernels. Where a backend has not registered a kernel,
 * TensorFlow.js computes as it would without this package.
 */
import { getBackend, getKernel } from '@tensorflow/tfjs-core';

/** The contract of each kernel: inputs → outputs; attributes. `Activation` stands for the two of `Activation`. */
export const TRAINING_KERNELS = {
  optimizer: 'FusedOptimizer@1',
  /** x, or x and bias `[channels]` → y = f(x + bias); Activation */
  activation: 'FusedActivation@1',
  /** dy, value (x for a swish, else y) → dx, and where `sumsBias` the sum of dx over all axes but the last; Activation,
   * sumsBias */
  activationGradient: 'FusedActivationGrad@1',
  /** dy → its sum over all axes but the last, `[channels]` */
  biasGradient: 'BiasGrad@1',
  /** x, filter, or x, filter and bias `[channels]` → y = f(x * filter + bias), and where `keepsSums` x * filter + bias,
   * float32, NHWC, for every stride, padding and dilation of the backend's Conv2D; Activation, strides, pad, dilations,
   * keepsSums. Its gradients are Conv2DBackpropInput and Conv2DBackpropFilter of what `activationGradient` gives. */
  convolve: 'FusedConvolve@1',
} as const;

/** A name under which a backend may register a kernel for training. */
type TrainingKernel = (typeof TRAINING_KERNELS)[keyof typeof TRAINING_KERNELS];

/** Whether the current backend has registered the kernel. */
export function hasTrainingKernel(kernel: TrainingKernel): boolean {
  return getKernel(kernel, getBackend()) !== undefined;
}
