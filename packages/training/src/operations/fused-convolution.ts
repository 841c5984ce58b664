/**
 * @module
 * A convolution with its bias and activation as one operation.
 *
 *     y = f(z),  z = x * w + b      dz = dy f'(z)
 *     dx = dz ∗ᵀ w      dw = x ∗ᵀ dz      db = Σ dz over images, rows and columns
 *
 * dx and dw are the backend's kernels for the gradients of a convolution, and each is computed only where it is asked for.
 */
import {
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  engine,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { hasTrainingKernel, TRAINING_KERNELS } from '../training-kernels.js';
import { type Activation, slopeNeedsInput } from './activation.js';
import { differentiable, isTapeOn } from './differentiable.js';
import { activationAndBiasGradient, canActivate } from './fused-activation.js';

/** How the filter moves. */
export interface ConvolutionSteps {
  readonly strides: readonly [number, number];
  readonly pad: 'same' | 'valid';
}

/** Whether `fusedConvolution` can compute on the current backend. */
export function canConvolve(x: Tensor, filter: Tensor, bias: Tensor | undefined): boolean {
  return (
    hasTrainingKernel(TRAINING_KERNELS.convolve) &&
    canActivate(x, filter, ...(bias ? [bias] : [])) &&
    x.rank === 4 &&
    filter.rank === 4 &&
    x.shape[3] === filter.shape[2] &&
    (!bias || (bias.rank === 1 && bias.shape[0] === filter.shape[3]))
  );
}

/**
 * f(x * filter + bias) by the backend's kernel. To be called where `canConvolve(x, filter, bias)`.
 *
 * @param x float32 `[batch, height, width, in]`
 * @param filter float32 `[height, width, in, out]`
 * @param bias float32 `[out]`
 * @returns float32 `[batch, height, width, out]`; the caller disposes
 */
export function fusedConvolution(
  x: Tensor4D,
  filter: Tensor4D,
  bias: Tensor1D | undefined,
  { strides, pad }: ConvolutionSteps,
  activation: Activation,
): Tensor {
  const inputs = { x, filter, ...(bias && { bias }) };
  const steps = { strides: [...strides], pad, dilations: [1, 1] };
  const run = (keepsSums: boolean) =>
    engine().runKernel<Tensor[]>(TRAINING_KERNELS.convolve, inputs, { ...steps, ...activation, keepsSums });
  if (!isTapeOn()) return first(run(false));
  return differentiable<'x' | 'filter' | 'bias'>({
    inputs: inputs as Record<'x' | 'filter' | 'bias', Tensor>, // gradients are asked for by the names that are there
    forward: (save) => {
      const keepsSums = slopeNeedsInput(activation);
      const results = run(keepsSums);
      const y = first(results);
      save([x, filter, keepsSums ? (results[1] ?? y) : y]);
      return y;
    },
    gradients: (dy, saved) => {
      const [x, filter, value] = saved as [Tensor4D, Tensor4D, Tensor];
      const { dx: dz, bias: sums } = activationAndBiasGradient(dy, value, activation);
      const attributes = { ...steps, dataFormat: 'NHWC' };
      return {
        x: () =>
          engine().runKernel<Tensor>(
            Conv2DBackpropInput,
            { dy: dz, filter },
            { ...attributes, inputShape: x.shape },
          ),
        filter: () =>
          engine().runKernel<Tensor>(
            Conv2DBackpropFilter,
            { x, dy: dz },
            { ...attributes, filterShape: filter.shape },
          ),
        bias: () => sums,
      };
    },
  });
}

function first([y]: readonly Tensor[]): Tensor {
  if (y === undefined) throw new Error(`${TRAINING_KERNELS.convolve}: the kernel must give y`);
  return y;
}
