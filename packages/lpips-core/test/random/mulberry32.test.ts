import { expect, it } from 'vitest';
import { mulberry32 } from '../../src/random/mulberry32.js';

// Made by another implementation, with unsigned instead of signed state.
it.each([
  [1, [2693262067, 11749833, 2265367787]],
  [77, [1827943904, 181332479, 2989326142]],
  [-1, [3850105811, 813802916, 3073704848]],
  [2 ** 32 + 1, [2693262067, 11749833, 2265367787]],
])('gives the numbers of mulberry32 for seed %s', (seed, expected) => {
  const next = mulberry32(seed);
  expect(expected.map(() => next() * 2 ** 32)).toEqual(expected);
});

it('makes sources that do not share their state', () => {
  const [one, other] = [mulberry32(3), mulberry32(3)];
  const first = one();
  one();
  expect(other()).toBe(first);
});
