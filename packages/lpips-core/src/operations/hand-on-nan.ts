/**
 * @module
 * Hands NaN on from an image to its distance. Some kernels take relu(NaN) for 0, so that a spoilt image would come out
 * of the backbone like any other.
 */
import { add, getBackend, mul, sum, type Tensor4D } from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.js';

/** Backends whose relu or pooling hides it. */
const HIDING_BACKENDS = ['tensorflow'];

/**
 * `map`, NaN all over for an image with a value that is not finite, differentiable with respect to the map.
 *
 * @param map float32 `[batch, height, width, 1]`
 * @param images float32 `[batch or 1, height, width, 3]` that the map was made from
 */
export function handOnNaN(map: Tensor4D, images: readonly Tensor4D[]): Tensor4D {
  if (!HIDING_BACKENDS.includes(getBackend())) return map;
  return differentiable([map], () => ({
    value: images.reduce((total, image) => add(total, mul(sum(image, [1, 2, 3], true), 0)), map),
    saved: [],
    gradient: (dy) => [dy],
  }));
}
