/**
 * @module
 * Two feature maps side by side on the channel axis, as SqueezeNet's fire modules join them, and the gradient: each
 * input takes its own channels of dy.
 */
import { concat, slice, type Tensor4D } from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.js';

/** `[batch, height, width, a]` and `[batch, height, width, b]` to `[batch, height, width, a + b]`. */
export function concatChannels(a: Tensor4D, b: Tensor4D): Tensor4D {
  return differentiable([a, b], () => ({
    value: concat([a, b], 3),
    saved: [],
    gradient: (dy) => [slice(dy, [0, 0, 0, 0], a.shape), slice(dy, [0, 0, 0, a.shape[3]], b.shape)],
  }));
}
