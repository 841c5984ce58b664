/**
 * @module
 * The activations that kernels know, and their slopes composed of TensorFlow.js's operations.
 */
import { add, mul, step, sub, type Tensor, tidy, sigmoid as toSigmoid } from '@tensorflow/tfjs-core';

/** Names of activations, as the kernels take them. `elu` has the slope 1 at 0. */
export const ACTIVATIONS = [
  'linear',
  'relu',
  'relu6',
  'swish',
  'elu',
  'leakyRelu',
  'sigmoid',
  'tanh',
] as const;
export type ActivationName = (typeof ACTIVATIONS)[number];

/** An activation, as the attributes of a kernel. */
export interface Activation {
  readonly activation: ActivationName;
  /** Slope of a leaky relu below 0, at least 0; 0 for all others. */
  readonly alpha: number;
}

/** Whether the slope follows from x alone. That of all others follows from y, so that x need not be kept. */
export function slopeNeedsInput({ activation }: Activation): boolean {
  return activation === 'swish';
}

/**
 * dy f'(x), composed of operations that have gradients themselves, for a gradient of a gradient.
 *
 * At the ends of relu and relu6 the slope is 0, at that of a leaky relu α.
 *
 * @param value x for a swish, else y
 */
export function composedSlope(dy: Tensor, value: Tensor, { activation, alpha }: Activation): Tensor {
  return tidy(() => {
    switch (activation) {
      case 'relu':
        return mul(dy, step(value));
      case 'relu6':
        return mul(dy, mul(step(value), step(sub(6, value))));
      case 'swish': {
        const s = toSigmoid(value);
        return mul(dy, mul(s, add(1, mul(value, sub(1, s)))));
      }
      case 'elu':
        return mul(dy, add(step(value), mul(sub(1, step(value)), add(value, 1))));
      case 'leakyRelu':
        return mul(dy, step(value, alpha));
      case 'sigmoid':
        return mul(dy, mul(value, sub(1, value)));
      case 'tanh':
        return mul(dy, sub(1, mul(value, value)));
      default:
        return dy.clone();
    }
  });
}
