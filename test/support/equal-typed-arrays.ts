/**
 * @module
 * Setup of every test file: two typed arrays are equal where their values are, as `Object.is` has it. That is what `toEqual`
 * finds too, but it looks each index up as the name of a property, which takes a second for 200,000 values.
 */
import { expect } from 'vitest';

type Values = Float32Array | Uint8Array;

const isTypedArray = (value: unknown): value is Values =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);

/** @returns nothing where `toEqual` must look for itself */
function areEqual(one: unknown, other: unknown): boolean | undefined {
  if (!isTypedArray(one) || !isTypedArray(other) || one.constructor !== other.constructor) return undefined;
  return one.length === other.length && one.every((value, index) => Object.is(value, other[index]));
}

// Files that share a process share `expect`, which takes a tester as often as it is given one.
const KNOWN = Symbol.for('lpips.equal-typed-arrays');
if (!(KNOWN in globalThis)) {
  Object.defineProperty(globalThis, KNOWN, { value: true });
  expect.addEqualityTesters([areEqual]);
}
