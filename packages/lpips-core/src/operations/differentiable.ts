/**
 * @module
 * An operation with a hand-written gradient, as a single node on TensorFlow.js's tape. The tape composes the nodes and
 * visits only those that a gradient needs. Everything that `Lpips` computes goes through here, so it needs none of the
 * gradient functions of TensorFlow.js (in Node, `@tensorflow/tfjs-core` alone registers none).
 */
import {
  customGrad,
  type GradSaveFunc,
  keep,
  reshape,
  split,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { cannot } from '../errors.js';
import { at } from '../item-at.js';
import { type Images, offTape, Stack } from './stack.js';
import { isTapeOn } from './tape.js';

/** What an operation returns: its value, the tensors that the gradient needs, and the gradient. */
interface Forward<Inputs extends Tensor[], Value extends Tensor, Saved extends Tensor[]> {
  value: Value;
  /** Kept only while a tape is on. */
  saved: readonly [...Saved];
  /** Gradients of the loss with respect to each input, from `dy`, that with respect to the value. */
  gradient: (dy: Value, ...saved: Saved) => { [I in keyof Inputs]: Inputs[I] };
  /**
   * Whether only other operations of the metric see the value. Its gradient is then freed as soon as this operation has
   * passed it on, instead of with all others at the end of the backward pass.
   */
  isInternal?: boolean;
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
    const { value, saved, gradient, isInternal = false } = forward();
    const save = args.at(-1) as GradSaveFunc;
    save([...saved]);
    const gradFunc = (dy: Value, kept: Tensor[]) => {
      const gradients: readonly Tensor[] = gradient(dy, ...(kept as Saved));
      if (isTapeOn()) return gradients.map((each) => onlyOnce(each, [dy, ...inputs]));
      free([...kept, ...(isInternal ? [dy] : [])], gradients);
      return [...gradients];
    };
    return { value, gradFunc };
  });
  return operation(...inputs);
}

/** Gradients that an operation returned for more than one input, so that each is needed again. */
const shared = new WeakSet<Tensor>();

/**
 * Disposes what an outermost backward pass has used. TensorFlow.js itself would keep it to the end of the pass, when the
 * activations and gradients of all layers are there at once.
 */
function free(used: readonly Tensor[], gradients: readonly Tensor[]): void {
  for (const gradient of gradients) {
    if (gradients.indexOf(gradient) !== gradients.lastIndexOf(gradient)) shared.add(gradient);
  }
  for (const tensor of used) if (!gradients.includes(tensor) && !shared.has(tensor)) tensor.dispose();
}

/**
 * A gradient while a tape is on. What it was computed from was saved off the tape, so that a gradient of it would lack
 * terms without a word: it is refused where it is asked for.
 */
export function onlyOnce(gradient: Tensor, inputs: readonly Tensor[]): Tensor {
  return customGrad(() => ({
    value: reshape(gradient, gradient.shape),
    gradFunc: () => {
      const advice = 'Compute this gradient before the outer one, and use it as a constant.';
      throw cannot(
        'gradient',
        'differentiate a gradient of the metric',
        'it has first derivatives only',
        advice,
      );
    },
  }))(...inputs);
}

/**
 * `differentiable` for an operation that treats every image alike, on one batch or on stacked batches: one forward pass
 * over all batches, then a node on the tape for each of them.
 *
 * @param operation every tensor that it saves has one row for each image; inputs and the value may be among them
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
      () => ({
        value: part,
        saved: savedParts.map((parts) => at(parts, index)),
        gradient,
        isInternal: forward?.isInternal ?? false,
      }),
    ),
  );
  return new Stack(value, sizes, parts);
}
