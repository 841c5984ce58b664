/**
 * @module
 * What charts and pages refuse: arguments of another kind. This imports the errors of lpips-core alone, since its checks of
 * arguments know tensors, and a page of charts needs no TensorFlow.js.
 */
import { invalid } from 'lpips-core';

/** @throws LpipsError unless the value is an object in which every name is one of `known` */
export function checkParts(where: string, argument: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(where, `an object with ${known.join(', ')}`, argument, kindOf(value));
  }
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw invalid(where, known.join(', '), argument, `"${unknown}"`, 'Is it a spelling mistake?');
}

/** @throws LpipsError unless the value is an array */
export function checkList(where: string, argument: string, value: unknown): void {
  if (!Array.isArray(value)) throw invalid(where, 'an array', argument, kindOf(value));
}

/** @throws LpipsError unless the value is of the type */
export function checkType(
  where: string,
  argument: string,
  value: unknown,
  type: 'string' | 'function',
): void {
  if (typeof value !== type) throw invalid(where, `a ${type}`, argument, kindOf(value));
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
