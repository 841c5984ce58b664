/**
 * @module
 * What the functions of this package refuse: arguments of another kind.
 */
import { invalid } from './errors.js';
import { NATIVE_PACKAGES } from './native-platform.js';

/** @throws NativeError unless the value is the name of a device */
export function checkDevice(where: string, value: unknown): void {
  if (typeof value === 'string' && Object.hasOwn(NATIVE_PACKAGES, value)) return;
  throw invalid(where, "'cpu' or 'gpu'", 'device', kindOf(value));
}

/** @throws NativeError unless the value is a string */
export function checkText(where: string, argument: string, value: unknown): void {
  if (typeof value !== 'string') throw invalid(where, 'a string', argument, kindOf(value));
}

/** @throws NativeError unless the value is an object in which every name is one of `known` */
export function checkOptions(where: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid(where, 'an object', 'options', kindOf(options), `Options are named: ${known.join(', ')}.`);
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw invalid(where, known.join(', '), 'options', `"${unknown}"`, 'Is it a spelling mistake?');
}

/** @throws NativeError unless the value is an object with strings of these names */
export function checkRecord(where: string, argument: string, value: unknown, names: readonly string[]): void {
  const missing = names.find((name) => {
    return typeof value !== 'object' || value === null || typeof Reflect.get(value, name) !== 'string';
  });
  if (missing === undefined) return;
  throw invalid(where, `an object with ${names.join(', ')}`, argument, kindOf(value));
}

/** What a refused value is, in words that fit on a line. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'boolean') return `${value}`;
  if (typeof value === 'string') return value.length > 40 ? 'a string' : JSON.stringify(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
