/**
 * @module
 * Computations whose intermediate tensors are not kept for a gradient. If the gradient is asked for, they are computed
 * once more. The reference of a loss is constant, so that nobody asks for its gradient; but TensorFlow.js learns this
 * only in the backward pass, and keeps the activations of the reference as well as those of the image until then.
 */
import { customGrad, engine, grad, scalar, type Tensor, type Tensor4D, zeros } from '@tensorflow/tfjs-core';
import { withLazyGradients } from './lazy-gradients.js';

/**
 * What `compute` makes of x, with no intermediate tensor kept. Differentiable with respect to x, at the price of one more
 * forward pass.
 *
 * @param compute uses operations of the metric only
 */
export function recomputed(x: Tensor4D, compute: (x: Tensor4D) => Tensor4D[]): Tensor4D[] {
  return withLazyGradients<Tensor4D>(
    { x },
    () => ({ values: compute(x), saved: [x] }),
    (_, dys, [kept = x]) => gradientOf(compute, kept as Tensor4D, dys),
  );
}

/** Σ of the gradients of all results, in a backward pass within the backward pass. */
function gradientOf(
  compute: (x: Tensor4D) => Tensor4D[],
  x: Tensor4D,
  dys: readonly (Tensor | null)[],
): Tensor {
  const { state } = engine();
  const tape = state.activeTape; // the inner pass makes a tape of its own, unless there is an outer gradient
  try {
    return grad((x: Tensor) => {
      const results = compute(x as Tensor4D);
      const upstream = results.map((result, index) => dys[index] ?? zeros(result.shape));
      return customGrad<Tensor>(() => ({ value: scalar(0), gradFunc: () => upstream }))(...results);
    })(x);
  } finally {
    if (state.gradientDepth === 0) Object.assign(state, { activeTape: tape });
  }
}
