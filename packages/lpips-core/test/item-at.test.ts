import { expect, it } from 'vitest';
import { at } from '../src/item-at.js';

it('reads the items of arrays and of typed arrays', () => {
  expect(at(['a', 'b'], 1)).toBe('b');
  expect(at(Float32Array.of(0, Number.NaN), 0)).toBe(0);
  expect(at(Float32Array.of(0, Number.NaN), 1)).toBeNaN();
});

it.each([2, -1, 0.5, Number.NaN])('throws for index %s of two items', (index) => {
  expect(() => at(Int32Array.of(1, 2), index)).toThrow(new RangeError(`no item ${index} of 2`));
});
