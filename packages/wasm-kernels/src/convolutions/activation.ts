/**
 * @module
 * What follows a convolution, by the numbers of `assembly/threads/finish.ts`.
 */

const NUMBERS = { linear: 0, relu: 1, relu6: 2 } as const;

/** An activation that a convolution can end with. */
export type Activation = keyof typeof NUMBERS;

/** The name as an activation that a convolution can end with; undefined for any other. */
export function ownActivation(name: string): Activation | undefined {
  return Object.hasOwn(NUMBERS, name) ? (name as Activation) : undefined;
}

/** The number of an activation. */
export function activationNumber(activation: Activation): number {
  return NUMBERS[activation];
}
