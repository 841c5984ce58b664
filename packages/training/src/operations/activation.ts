/**
 * @module
 * The activations that kernels know. At their ends relu and relu6 have the slope 0, and a leaky relu has its slope below 0.
 */

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
