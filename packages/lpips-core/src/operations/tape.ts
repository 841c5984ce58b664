/**
 * @module
 * TensorFlow.js's tape, on which it records operations for a gradient.
 */
import { engine, type Tensor, Variable } from '@tensorflow/tfjs-core';

/** Whether TensorFlow.js is recording operations for a gradient. */
export function isTapeOn(): boolean {
  return engine().state.gradientDepth > 0;
}

/**
 * Whether a gradient is likely to be asked for: the tensor is a variable, or was computed on the tape. A tensor that a
 * function of `grads` gets as its argument cannot be told from a constant.
 */
export function isOnTape(tensor: Tensor): boolean {
  if (!isTapeOn()) return false;
  if (tensor instanceof Variable) return tensor.trainable;
  const tape = engine().state.activeTape ?? [];
  return tape.some(({ outputs }) => outputs.some(({ id }) => id === tensor.id));
}
