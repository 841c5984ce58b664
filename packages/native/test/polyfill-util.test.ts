import util from 'node:util';
import { expect, it } from 'vitest';
import { polyfillUtil } from '../src/polyfill-util.js';

const NAMES = ['isArray', 'isBoolean', 'isNullOrUndefined', 'isNumber', 'isString', 'isUndefined'] as const;

it('gives back what Node 23 removed', () => {
  const target: Record<string, (value: unknown) => boolean> = {};
  polyfillUtil(target, 23);
  for (const name of NAMES) expect(target[name]).toBeTypeOf('function');
  const values = [null, undefined, 0, '', [], {}, true, new Date(0), new Error('x'), /x/, Symbol('x')];
  expect(values.filter((value) => target['isNullOrUndefined']?.(value))).toEqual([null, undefined]);
  expect(values.filter((value) => target['isArray']?.(value))).toEqual([[]]);
  expect(values.filter((value) => target['isString']?.(value))).toEqual(['']);
  expect(values.filter((value) => target['isPrimitive']?.(value))).toHaveLength(6);
});

it('replaces the functions that tfjs-node calls and Node 22 warns about, and no others that are there', () => {
  const own = { isNullOrUndefined: () => false, isArray: () => false, isString: () => false };
  const target = { ...own };
  polyfillUtil(target, 22);
  expect(target.isNullOrUndefined).not.toBe(own.isNullOrUndefined);
  expect(target.isArray).not.toBe(own.isArray);
  expect(target.isString).toBe(own.isString);
});

it('changes nothing in Node 20', () => {
  const own = { isNullOrUndefined: () => false, isArray: () => false };
  const target = { ...own };
  polyfillUtil(target, 20);
  expect(target).toMatchObject(own);
});

it("works on Node's own module object, as CommonJS packages see it", () => {
  polyfillUtil();
  expect(Reflect.get(util, 'isNullOrUndefined')).toBeTypeOf('function');
});
