/**
 * @module
 * Propagates NaN from an image to its distance. Some kernels compute relu(NaN) as 0, so that the backbone would treat an
 * image with NaN like any other.
 */
import { add, engine, mul, reshape, sum, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { backendTraits } from './backend-traits.js';
import { differentiable } from './differentiable.js';
import { hasKernel, METRIC_KERNELS } from './metric-kernels.js';

/**
 * The values of the taps. If a pixel of an image is not finite, all values of the first tap are NaN for that image, and
 * so is the sum over the taps. Differentiable with respect to the values.
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
