/**
 * @module
 * The checks of options: that they are options at all, spelt right, and flags where flags are expected.
 */
import { Tensor } from '@tensorflow/tfjs-core';
import { invalid } from './errors.js';

/** @throws LpipsError unless `options` is an object in which every name is one of `known` */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  if (
    typeof options !== 'object' ||
    options === null ||
    Array.isArray(options) ||
    options instanceof Tensor
  ) {
    const advice = `Options are named: ${known.join(', ')}.`;
    throw invalid(where, 'an object', 'options', kindOf(options), advice);
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw invalid(where, known.join(', '), 'options', `"${unknown}"`, 'Is it a spelling mistake?');
}

/** @throws LpipsError unless `value` is true, false or undefined */
export function checkFlag(where: string, argument: string, value: unknown): void {
  if (value === undefined || typeof value === 'boolean') return;
  throw invalid(where, 'true or false', argument, kindOf(value));
}

/** What a refused value is, in words that fit on a line. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'boolean') return `${value}`;
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'string') return value.length > 40 ? 'a string' : JSON.stringify(value);
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Tensor) return 'a tensor';
  return typeof value === 'function' ? 'a function' : `a value of type ${typeof value}`;
}
