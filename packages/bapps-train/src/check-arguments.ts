/**
 * @module
 * What the functions of this package refuse: arguments of another kind.
 */
import { invalid, kindOf, Lpips } from 'lpips-core';

/** @throws LpipsError unless the value is a metric */
export function checkMetric(where: string, argument: string, value: unknown): void {
  if (value instanceof Lpips) return;
  throw invalid(where, 'a metric', argument, kindOf(value), 'loadLpips of lpips-node gives one.');
}

/** @throws LpipsError unless the value is an array */
export function checkArray(where: string, argument: string, value: unknown): void {
  if (!Array.isArray(value)) throw invalid(where, 'an array', argument, kindOf(value));
}

/** @throws LpipsError unless the value is an array of objects that have all these properties */
export function checkRecords(
  where: string,
  argument: string,
  value: unknown,
  names: readonly string[],
): void {
  checkArray(where, argument, value);
  for (const each of value as readonly unknown[]) checkRecord(where, argument, each, names);
}

/** @throws LpipsError unless the value is an object that has all these properties */
export function checkRecord(where: string, argument: string, value: unknown, names: readonly string[]): void {
  const isRecord = typeof value === 'object' && value !== null && names.every((name) => name in value);
  if (!isRecord) throw invalid(where, `an object with ${names.join(', ')}`, argument, kindOf(value));
}

/** @throws LpipsError unless the value is an array of numbers, typed or not */
export function checkNumbers(where: string, argument: string, value: unknown): void {
  const isTyped = ArrayBuffer.isView(value) && !(value instanceof DataView);
  if (isTyped || (Array.isArray(value) && value.every((each) => typeof each === 'number'))) return;
  throw invalid(where, 'an array of numbers', argument, kindOf(value));
}

/** @throws LpipsError unless the value is a function */
export function checkFunction(where: string, argument: string, value: unknown): void {
  if (typeof value !== 'function') throw invalid(where, 'a function', argument, kindOf(value));
}
