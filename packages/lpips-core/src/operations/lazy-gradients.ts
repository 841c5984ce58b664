/**
 * @module
 * An operation with several outputs, as one node on TensorFlow.js's tape, that computes the gradient of each input only if it is
 * asked for.
 */
import { engine, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';

/** The function behind `customGrad`, which in addition takes several outputs. TensorFlow.js's types hide it. */
interface MultipleOutputs {
  readonly runKernelFunc: (node: {
    readonly inputs: NamedTensorMap;
    readonly forwardFunc: (backend: unknown, save: (tensors: Tensor[]) => void) => Tensor[];
    readonly backwardsFunc: (
      dys: Tensor | (Tensor | null)[],
      saved: Tensor[],
    ) => Record<string, () => Tensor>;
  }) => Tensor[];
}

/** What an operation computes, and the tensors that its gradients need, which are kept while a tape is on. */
export interface SavingForward<Value extends Tensor> {
  readonly values: Value[];
  readonly saved: readonly Tensor[];
}

/**
 * Runs `forward` as one operation of `inputs`.
 *
 * @param gradient of the input of this name, from those of the outputs, null where an output has none
 */
export function withLazyGradients<Value extends Tensor>(
  inputs: NamedTensorMap,
  forward: () => SavingForward<Value>,
  gradient: (name: string, dys: readonly (Tensor | null)[], saved: readonly Tensor[]) => Tensor,
): Value[] {
  return (engine() as unknown as MultipleOutputs).runKernelFunc({
    inputs,
    forwardFunc: (_, save) => {
      const { values, saved } = forward();
      save([...saved]);
      return values;
    },
    backwardsFunc: (given, saved) => {
      const dys = Array.isArray(given) ? given : [given];
      return Object.fromEntries(Object.keys(inputs).map((name) => [name, () => gradient(name, dys, saved)]));
    },
  }) as Value[];
}
