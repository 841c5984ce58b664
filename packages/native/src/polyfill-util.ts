/**
 * @module
 * tfjs-node 4.22 calls functions of `node:util` that Node 23 removed, and two for which Node 22 prints a deprecation
 * warning. This puts functions of the same names on that module object. Those that are there and print nothing stay.
 */
import util from 'node:util';

type Predicate = (value: unknown) => boolean;

const REMOVED: Readonly<Record<string, Predicate>> = {
  isArray: (value) => Array.isArray(value),
  isBoolean: (value) => typeof value === 'boolean',
  isBuffer: (value) => Buffer.isBuffer(value),
  isDate: (value) => value instanceof Date,
  isError: (value) => value instanceof Error,
  isFunction: (value) => typeof value === 'function',
  isNull: (value) => value === null,
  isNullOrUndefined: (value) => value === null || value === undefined,
  isNumber: (value) => typeof value === 'number',
  isObject: (value) => typeof value === 'object' && value !== null,
  isPrimitive: (value) => (typeof value !== 'object' && typeof value !== 'function') || value === null,
  isRegExp: (value) => value instanceof RegExp,
  isString: (value) => typeof value === 'string',
  isSymbol: (value) => typeof value === 'symbol',
  isUndefined: (value) => value === undefined,
};
/** tfjs-node calls these, and Node 22 prints that they are deprecated. */
const CALLED = new Set(['isArray', 'isNullOrUndefined']);

/**
 * @param target stands in for `node:util` in tests
 * @param major major version of Node.js
 */
export function polyfillUtil(
  target: object = util,
  major = Number(process.versions.node.split('.')[0]),
): void {
  for (const [name, predicate] of Object.entries(REMOVED)) {
    const isThere = typeof Reflect.get(target, name) === 'function';
    if (isThere && !(major >= 22 && CALLED.has(name))) continue;
    Reflect.set(target, name, predicate);
  }
}
