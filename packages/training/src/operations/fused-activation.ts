/**
 * @module
 * An activation, with or without a bias before it, as one operation each way.
 *
 *     y = f(x + b)      dx = dy f'(x + b)      db = Σ dx over all axes but the last
 */
import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { hasTrainingKernel, TRAINING_KERNELS } from '../training-kernels.js';
import { type Activation, slopeNeedsInput } from './activation.js';
import { sumOverRows } from './bias-gradient.js';
import { differentiable, isTapeNested, isTapeOn } from './differentiable.js';

/** Whether `fusedActivation` and `fusedBiasActivation` can compute on the current backend. */
export function canActivate(...tensors: readonly Tensor[]): boolean {
  return (
    !isTapeNested() &&
    hasTrainingKernel(TRAINING_KERNELS.activation) &&
    hasTrainingKernel(TRAINING_KERNELS.activationGradient) &&
    hasTrainingKernel(TRAINING_KERNELS.biasGradient) &&
    tensors.every(({ dtype, rank }) => dtype === 'float32' && rank > 0)
  );
}

/**
 * y = f(x) by the backend's kernel. To be called where `canActivate(x)`.
 *
 * @param x float32, of any shape with at least one axis
 * @returns float32, of the shape of x; the caller disposes
 */
export function fusedActivation(x: Tensor, activation: Activation): Tensor {
  if (!isTapeOn()) return run({ x }, activation);
  return differentiable({
    inputs: { x },
    forward: (save) => {
      const y = run({ x }, activation);
      save([slopeNeedsInput(activation) ? x : y]);
      return y;
    },
    gradients: (dy, saved) => {
      const [value] = saved as [Tensor];
      return { x: () => activationGradient(dy, value, activation) };
    },
  });
}

/**
 * y = f(x + bias) by the backend's kernel. To be called where `canActivate(x, bias)`.
 *
 * @param x float32 `[…, channels]`
 * @param bias float32 `[channels]`
 * @returns float32, of the shape of x; the caller disposes
 */
export function fusedBiasActivation(x: Tensor, bias: Tensor, activation: Activation): Tensor {
  if (!isTapeOn()) return run({ x, bias }, activation);
  return differentiable({
    inputs: { x, bias },
    forward: (save) => {
      if (!slopeNeedsInput(activation)) {
        const y = run({ x, bias }, activation);
        save([y]);
        return y;
      }
      const sums = run({ x, bias }, { activation: 'linear', alpha: 0 });
      save([sums]);
      return run({ x: sums }, activation);
    },
    gradients: (dy, saved) => {
      const [value] = saved as [Tensor];
      const { dx, bias: sums } = activationAndBiasGradient(dy, value, activation);
      return { x: () => (dx === dy ? dx.clone() : dx), bias: () => sums };
    },
  });
}

/**
 * The gradient before the activation: dy f'(x).
 *
 * @param value x for a swish, else y
 * @returns of the shape of dy; the caller disposes
 */
export function activationGradient(dy: Tensor, value: Tensor, activation: Activation): Tensor {
  return engine().runKernel(
    TRAINING_KERNELS.activationGradient,
    { dy, value },
    { ...activation, sumsBias: false },
  );
}

/**
 * The gradient before the activation, and its sum over all axes but the last, which is that of a bias.
 *
 * @param value what the activation was given for a swish, else what it gave
 */
export function activationAndBiasGradient(
  dy: Tensor,
  value: Tensor,
  activation: Activation,
): { readonly dx: Tensor; readonly bias: Tensor } {
  if (activation.activation === 'linear') return { dx: dy, bias: sumOverRows(dy) };
  const attributes = { ...activation, sumsBias: true };
  const [dx, bias] = engine().runKernel<[Tensor, Tensor]>(
    TRAINING_KERNELS.activationGradient,
    { dy, value },
    attributes,
  );
  return { dx, bias };
}

function run(inputs: { x: Tensor; bias?: Tensor }, activation: Activation): Tensor {
  return engine().runKernel(TRAINING_KERNELS.activation, inputs, { ...activation });
}
