/**
 * @module
 * Tensors in arrays and objects, as a step takes and gives them, and everything else in them as a text.
 */
import { Tensor } from '@tensorflow/tfjs-core';

/** A value taken apart. */
export interface TensorTree {
  /** The value itself. */
  readonly value: unknown;
  /** Its tensors. One that stands in it twice is there once. */
  readonly tensors: readonly Tensor[];
  /** The same text for values that differ in their tensors alone; undefined where a value is neither. */
  readonly form: string | undefined;
  /** The value, with other tensors. */
  rebuild(tensors: readonly Tensor[]): unknown;
}

/** Takes a value apart: tensors and primitive values, in arrays and plain objects. */
export function tensorTree(value: unknown): TensorTree {
  const tensors: Tensor[] = [];
  const form = formOf(value, tensors, []);
  const rebuild = (each: unknown, others: readonly Tensor[]): unknown => {
    if (each instanceof Tensor) return others[tensors.indexOf(each)];
    if (Array.isArray(each)) return each.map((item) => rebuild(item, others));
    if (typeof each !== 'object' || each === null) return each;
    const items = Object.entries(each).map(([name, item]) => [name, rebuild(item, others)] as const);
    return Object.setPrototypeOf(Object.fromEntries(items), Object.getPrototypeOf(each) as object | null);
  };
  return { value, tensors, form, rebuild: (others) => rebuild(value, others) };
}

/** @param around the arrays and objects that hold the value */
function formOf(value: unknown, tensors: Tensor[], around: readonly object[]): string | undefined {
  if (value instanceof Tensor) {
    const known = tensors.indexOf(value);
    return `#${known < 0 ? tensors.push(value) - 1 : known}`;
  }
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'string' ? JSON.stringify(value) : Object.is(value, -0) ? '-0' : String(value);
  }
  const isPlain = Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value));
  if (!isPlain || around.includes(value)) return undefined;
  // Object.entries would leave out what an array has no value for.
  const entries = Object.entries(Array.isArray(value) ? Array.from<unknown>(value) : value);
  const parts = entries.map(([name, item]) => {
    const part = formOf(item, tensors, [...around, value]);
    return part === undefined ? undefined : `${JSON.stringify(name)}:${part}`;
  });
  if (parts.includes(undefined)) return undefined;
  return Array.isArray(value) ? `[${parts.join()}]` : `{${parts.join()}}`;
}
