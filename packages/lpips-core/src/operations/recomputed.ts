/**
 * @module
 * Computations whose intermediate tensors are not kept for a gradient. If the gradient is asked for, they are computed
 * once more. The reference of a loss is constant, so that nobody asks for its gradient; but TensorFlow.js learns this
 * only in the backward pass, and keeps the activations of the reference as well as those of the image until then.
 */
import {
  customGrad,
  engine,
  grad,
  type NamedTensorMap,
  scalar,
  type Tensor,
  type Tensor4D,
  zeros,
} from '@tensorflow/tfjs-core';

/** The function behind `customGrad`, which in addition takes several outputs. TensorFlow.js's types hide it. */
interface MultipleOutputs {
  readonly runKernelFunc: (node: {
    readonly inputs: NamedTensorMap;
    readonly forwardFunc: (backend: unknown, save: (tensors: Tensor[]) => void) => Tensor[];
    readonly backwardsFunc: (dys: (Tensor | null)[], saved: Tensor[]) => { x: () => Tensor };
  }) => Tensor[];
}

/**
 * What `compute` makes of x, with no intermediate tensor kept. Differentiable with respect to x, at the price of one more
 * forward pass.
 *
 * @param compute uses operations of the metric only
 */
export function recomputed(x: Tensor4D, compute: (x: Tensor4D) => Tensor4D[]): Tensor4D[] {
  const results = (engine() as unknown as MultipleOutputs).runKernelFunc({
    inputs: { x },
    forwardFunc: (_, save) => {
      save([x]);
      return compute(x);
    },
    backwardsFunc: (dys, [kept = x]) => ({ x: () => gradientOf(compute, kept as Tensor4D, dys) }),
  });
  return results as Tensor4D[];
}

/** Σ of the gradients of all results, in a backward pass within the backward pass. */
function gradientOf(compute: (x: Tensor4D) => Tensor4D[], x: Tensor4D, dys: (Tensor | null)[]): Tensor {
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
