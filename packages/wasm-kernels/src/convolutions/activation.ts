/**
 * @module
 * What follows a convolution, by the numbers of `assembly/threads/finish.ts`, and what has kernels of its own, by those of
 * `assembly/heap/activations.ts`.
 */

/** With these the sums of a convolution end. */
const ENDINGS = { linear: 0, relu: 1, relu6: 2 } as const;
const NUMBERS = { ...ENDINGS, swish: 3, elu: 4, leakyRelu: 5, sigmoid: 6, tanh: 7 } as const;

/** An activation that a convolution can end with. */
export type Activation = keyof typeof ENDINGS;

/** The name as an activation that a convolution can end with; undefined for any other. */
export function ownActivation(name: string): Activation | undefined {
  return Object.hasOwn(ENDINGS, name) ? (name as Activation) : undefined;
}

/** The number of an activation; undefined for a name that no kernel knows. */
export function activationNumber(activation: Activation): number;
export function activationNumber(activation: string): number | undefined;
export function activationNumber(activation: string): number | undefined {
  return Object.hasOwn(NUMBERS, activation) ? NUMBERS[activation as keyof typeof NUMBERS] : undefined;
}
