/**
 * @module
 * An operation with its gradients as one node on TensorFlow.js's tape.
 *
 * `customGrad` computes the gradients of all inputs as soon as one is asked for. A network's first convolution would
 * compute that of the images for nothing, and a frozen one those of its filters. The engine itself takes one function
 * for each input and calls those that are needed, so this module goes to the engine.
 */
import { engine, type GradSaveFunc, type KernelBackend, type Tensor } from '@tensorflow/tfjs-core';

/** Gradients by the name of the input, each computed when it is asked for. */
type LazyGradients<Name extends string> = { readonly [Input in Name]: () => Tensor };

/** What an operation does. */
export interface Differentiable<Name extends string> {
  readonly inputs: { readonly [Input in Name]: Tensor };
  /** Computes the value. `save` keeps what the gradients need. Other tensors made here are disposed. */
  readonly forward: (save: GradSaveFunc) => Tensor;
  /** Gradients from `dy`, that with respect to the value. */
  readonly gradients: (dy: Tensor, saved: Tensor[]) => LazyGradients<Name>;
}

/** The engine's own door for operations with gradients, which its types keep private. */
interface OperationRunner {
  runKernelFunc(operation: {
    readonly inputs: Readonly<Record<string, Tensor>>;
    readonly forwardFunc: (backend: KernelBackend, save: GradSaveFunc) => Tensor;
    readonly backwardsFunc: (dy: Tensor, saved: Tensor[]) => LazyGradients<string>;
  }): Tensor;
}

/** Whether TensorFlow.js is recording operations for a gradient. */
export function isTapeOn(): boolean {
  return engine().state.gradientDepth > 0;
}

/** Whether it is recording them for a gradient of a gradient. Operations of this package have first derivatives only. */
export function isTapeNested(): boolean {
  return engine().state.gradientDepth > 1;
}

/** Runs the operation; the caller disposes its value. */
export function differentiable<Name extends string>({
  inputs,
  forward,
  gradients,
}: Differentiable<Name>): Tensor {
  const runner = engine() as unknown as OperationRunner;
  return runner.runKernelFunc({
    inputs: { ...inputs },
    forwardFunc: (_backend, save) => forward(save),
    backwardsFunc: gradients,
  });
}
