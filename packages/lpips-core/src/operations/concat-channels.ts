/**
 * @module
 * Two feature maps side by side on the channel axis, as SqueezeNet's fire modules join them, and the gradient: each
 * input takes its own channels of dy.
 */
import { concat, split } from '@tensorflow/tfjs-core';
import { differentiablePerImage } from './differentiable.js';
import type { Images } from './stack.js';

/** `[batch, height, width, a]` and `[batch, height, width, b]` to `[batch, height, width, a + b]`. */
export function concatChannels<X extends Images>(a: X, b: X): X {
  return differentiablePerImage([a, b], (a, b) => ({
    value: concat([a, b], 3),
    saved: [],
    gradient: (dy) => split(dy, [a.shape[3], b.shape[3]], 3),
  }));
}
