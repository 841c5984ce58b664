/**
 * @module
 * One operation with its hand-written gradient: a single node on TensorFlow.js's tape, which then composes the
 * nodes and visits only those that lead to what is asked for. Everything that `Lpips` computes goes through here, so
 * it needs no gradient function of TensorFlow.js itself (in Node, `@tensorflow/tfjs-core` alone registers none).
 */
import {
  customGrad,
  engine,
  type GradSaveFunc,
  keep,
  split,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { at } from '../item-at.js';
import { type Images, offTape, Stack } from './stack.js';

/** What an operation returns: its value, what the gradient needs of the forward pass, and the gradient. */
interface Forward<Inputs extends Tensor[], Value extends Tensor, Saved extends Tensor[]> {
  value: Value;
  /** Kept only while a tape is on. */
  saved: readonly [...Saved];
  /** Gradients of the loss with respect to each input, from `dy`, that with respect to the value. */
  gradient: (dy: Value, ...saved: Saved) => { [I in keyof Inputs]: Inputs[I] };
}

/** Whether TensorFlow.js records what is computed, for a gradient. */
export function isTapeOn(): boolean {
  return engine().state.gradientDepth > 0;
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

/**
 * The same for an operation that treats every image alike, on a batch or on several batches stacked: one forward pass
 * over all of them, then a node on the tape for each.
 *
 * @param operation saves tensors with one row for each image, its inputs and its value among them if it likes
 */
export function differentiablePerImage<X extends Images>(
  inputs: readonly X[],
  operation: (...inputs: Tensor4D[]) => Forward<Tensor4D[], Tensor4D, Tensor4D[]>,
): X {
  const stacks = inputs.filter((input) => input instanceof Stack);
  if (stacks.length > 0) return onStacks(stacks, operation) as X;
  const batches = inputs as readonly Tensor4D[];
  return differentiable<Tensor4D[], Tensor4D, Tensor4D[]>(batches, () => operation(...batches)) as X;
}

function onStacks(
  stacks: readonly Stack[],
  operation: (...inputs: Tensor4D[]) => Forward<Tensor4D[], Tensor4D, Tensor4D[]>,
): Stack {
  const sizes = at(stacks, 0).sizes;
  const wholes = stacks.map(({ whole }) => whole);
  let forward: Forward<Tensor4D[], Tensor4D, Tensor4D[]> | undefined;
  const value = offTape(() => {
    forward = operation(...wholes);
    const isOwn = (tensor: Tensor4D) => tensor !== forward?.value && !wholes.includes(tensor);
    if (isTapeOn()) for (const tensor of forward.saved.filter(isOwn)) keep(tensor);
    return forward.value;
  });
  const stack = new Stack(value, sizes);
  if (!isTapeOn() || !forward) return stack;
  const { saved, gradient } = forward;
  const known = [stack, ...stacks];
  const savedParts = saved.map((tensor) => {
    const parts = known.find(({ whole }) => whole === tensor)?.parts;
    if (parts) return parts;
    const own = split<Tensor4D>(tensor, [...sizes]);
    tensor.dispose();
    return own;
  });
  const parts = stack.parts.map((part, index) =>
    differentiable<Tensor4D[], Tensor4D, Tensor4D[]>(
      stacks.map(({ parts }) => at(parts, index)),
      () => ({ value: part, saved: savedParts.map((parts) => at(parts, index)), gradient }),
    ),
  );
  return new Stack(value, sizes, parts);
}
