/**
 * @module
 * Hands NaN on from an image to its distance. Some kernels take relu(NaN) for 0, so that a spoilt image would come out
 * of the backbone like any other.
 */
import { add, engine, mul, reshape, sum, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { backendTraits } from './backend-traits.js';
import { differentiable } from './differentiable.js';
import { hasKernel, METRIC_KERNELS } from './metric-kernels.js';

/**
 * The values of the taps, of which the first is NaN all over for an image with a pixel that is not finite, as is then
 * their sum. Differentiable with respect to the values.
 *
 * @param taps float32 `[batch, …]` each
 * @param images float32 `[batch or 1, height, width, 3]` that they were made from
 */
export function propagateNaN<Value extends Tensor>(
  taps: readonly Value[],
  images: readonly Tensor4D[],
): Value[] {
  const [first, ...others] = taps;
  if (!first || backendTraits().propagatesNaN) return [...taps];
  const guarded = differentiable<[Value], Value, []>([first], () => ({
    value: images.reduce(withNaN, first),
    saved: [],
    gradient: (dy) => [dy],
  }));
  return [guarded, ...others];
}

function withNaN<Value extends Tensor>(value: Value, images: Tensor4D): Value {
  const kernel = METRIC_KERNELS.propagateNaN;
  if (hasKernel(kernel)) return engine().runKernel<Value>(kernel, { value, x: images });
  const perImage = [-1, ...value.shape.slice(1).fill(1)];
  return add(value, reshape(mul(sum(images, [1, 2, 3]), 0), perImage));
}
