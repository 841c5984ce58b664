/**
 * @module
 * The checks of options and plain arguments: that options are options at all and spelt right, and that texts, numbers, words
 * and bytes are what they are called.
 */
import { Tensor } from '@tensorflow/tfjs-core';
import { invalid } from './errors.js';

/**
 * @param argument what messages call the options
 * @throws LpipsError unless `options` is an object in which every name is one of `known`
 */
export function checkOptions(
  where: string,
  options: object,
  known: readonly string[],
  argument = 'options',
): void {
  if (
    typeof options !== 'object' ||
    options === null ||
    Array.isArray(options) ||
    options instanceof Tensor
  ) {
    const advice = `Options are named: ${known.join(', ')}.`;
    throw invalid(where, 'an object', argument, kindOf(options), advice);
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw invalid(where, known.join(', '), argument, `"${unknown}"`, 'Is it a spelling mistake?');
}

/** @throws LpipsError unless `value` is true, false or undefined */
export function checkFlag(where: string, argument: string, value: unknown): void {
  if (value === undefined || typeof value === 'boolean') return;
  throw invalid(where, 'true or false', argument, kindOf(value));
}

/** @throws LpipsError unless `value` is one of `known` */
export function checkOneOf(where: string, argument: string, value: unknown, known: readonly string[]): void {
  if (known.some((word) => word === value)) return;
  throw invalid(where, known.map((name) => `'${name}'`).join(' or '), argument, kindOf(value));
}

/** @throws LpipsError unless `value` is a finite number of at least `least`, and whole if `isWhole` */
export function checkNumber(
  where: string,
  argument: string,
  value: unknown,
  { least = 0, isWhole = false } = {},
): void {
  const isNumber = typeof value === 'number';
  if (isNumber && Number.isFinite(value) && value >= least && (!isWhole || Number.isInteger(value))) return;
  const bound = least === Number.NEGATIVE_INFINITY ? '' : ` of at least ${least}`;
  const requirement = `a ${isWhole ? 'whole ' : ''}number${bound}`;
  throw invalid(where, requirement, argument, isNumber ? `${value}` : kindOf(value));
}

/** @throws LpipsError unless `value` is a function or undefined */
export function checkFunction(where: string, argument: string, value: unknown): void {
  if (value === undefined || typeof value === 'function') return;
  throw invalid(where, 'a function', argument, kindOf(value));
}

/** @throws LpipsError unless `value` is an AbortSignal or undefined */
export function checkSignal(where: string, value: unknown): void {
  if (value === undefined || value instanceof AbortSignal) return;
  throw invalid(where, 'an AbortSignal', 'signal', kindOf(value), 'An AbortController has one.');
}

/** @throws LpipsError unless `value` is a string */
export function checkText(where: string, argument: string, value: unknown): void {
  if (typeof value !== 'string') throw invalid(where, 'a string', argument, kindOf(value));
}

/** @throws LpipsError unless `value` is a Uint8Array */
export function checkBytes(where: string, argument: string, value: unknown): void {
  if (value instanceof Uint8Array) return;
  throw invalid(where, 'a Uint8Array', argument, kindOf(value), 'Read the file first.');
}

/** @throws LpipsError unless `value` is a Map, as weights are by their names */
export function checkWeightMap(where: string, value: unknown): void {
  if (value instanceof Map) return;
  const advice = 'parseSafetensors gives one.';
  throw invalid(where, 'a Map from names to weights', 'weights', kindOf(value), advice);
}

/** What a refused value is, in words that fit on a line. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'boolean') return `${value}`;
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'string') return value.length > 40 ? 'a string' : JSON.stringify(value);
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Tensor) return 'a tensor';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'function' ? 'a function' : `a value of type ${typeof value}`;
}
