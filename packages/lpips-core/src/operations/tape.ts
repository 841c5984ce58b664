/**
 * @module
 * TensorFlow.js's tape, on which it records operations for a gradient.
 */

import { engine, type Tensor, Variable } from '@tensorflow/tfjs-core';
import { kindOf } from '../check-options.js';
import { invalid } from '../errors.js';

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

/**
 * Computes as if no tape were on, so that operations are recorded only for gradients that `compute` asks for itself, and their
 * tensors are freed when such a gradient is done. It may be called inside an operation's own forward or backward pass, and inside
 * the function that an optimiser minimises, where what `compute` gives is a constant.
 *
 * @throws LpipsError unless `compute` is a function
 */
export function offOuterTape<Value>(compute: () => Value): Value {
  if (typeof compute !== 'function') throw invalid('offOuterTape', 'a function', 'compute', kindOf(compute));
  const { state } = engine();
  const { gradientDepth, kernelDepth, activeTape } = state;
  Object.assign(state, { gradientDepth: 0, kernelDepth: 0 });
  try {
    return compute();
  } finally {
    Object.assign(state, { gradientDepth, kernelDepth, activeTape });
  }
}
