/**
 * @module
 * The weight of a term by the step of training: 0 up to a first step, and from there to its full value at once or on a
 * straight line.
 */
import { checkNumber, checkOptions } from 'lpips-core';

/** When a term begins to count, and how much. */
export interface WeightScheduleOptions {
  /** First step at which the weight is not 0; with `warmUp` the last at which it is 0. Default 0. */
  start?: number;
  /** Steps from `start` on over which the weight grows on a straight line. Default 0, which is at once. */
  warmUp?: number;
  /** The full weight. Default 1. */
  weight?: number;
}

/**
 * The weight at a step.
 *
 * @param where function that was called, for errors
 * @throws LpipsError for unknown options, and for numbers below 0 or, of steps, that are not whole
 */
export function weightAt(where: string, step: number, options: WeightScheduleOptions): number {
  checkOptions(where, options, ['start', 'warmUp', 'weight']);
  const { start = 0, warmUp = 0, weight = 1 } = options;
  checkNumber(where, 'step', step);
  checkNumber(where, 'start', start, { isWhole: true });
  checkNumber(where, 'warmUp', warmUp, { isWhole: true });
  checkNumber(where, 'weight', weight);
  if (step < start) return 0;
  return warmUp === 0 ? weight : weight * Math.min(1, (step - start) / warmUp);
}
