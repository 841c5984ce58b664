/**
 * @module
 * One operation with its hand-written gradient: a single node on TensorFlow.js's tape, which then composes the
 * nodes and visits only those that lead to what is asked for. Everything that `Lpips` computes goes through here, so
 * it needs no gradient function of TensorFlow.js itself (in Node, `@tensorflow/tfjs-core` alone registers none).
 */
import { customGrad, type GradSaveFunc, type Tensor } from '@tensorflow/tfjs-core';

/** What an operation returns: its value, what the gradient needs of the forward pass, and the gradient. */
interface Forward<Inputs extends Tensor[], Value extends Tensor, Saved extends Tensor[]> {
  value: Value;
  /** Kept only while a tape is on. */
  saved: readonly [...Saved];
  /** Gradients of the loss with respect to each input, from `dy`, that with respect to the value. */
  gradient: (dy: Value, ...saved: Saved) => { [I in keyof Inputs]: Inputs[I] };
}

/**
 * Runs `forward` as one differentiable operation of `inputs`. Intermediate tensors are disposed.
 *
 * Tensors that `forward` uses without naming them in `inputs` are constants.
 */
export function differentiable<Inputs extends Tensor[], Value extends Tensor, Saved extends Tensor[]>(
  inputs: readonly [...Inputs],
  forward: () => Forward<Inputs, Value, Saved>,
): Value {
  const operation = customGrad<Value>((...args) => {
    const { value, saved, gradient } = forward();
    const save = args.at(-1) as GradSaveFunc;
    save([...saved]);
    return { value, gradFunc: (dy, kept) => gradient(dy, ...(kept as Saved)) };
  });
  return operation(...inputs);
}
