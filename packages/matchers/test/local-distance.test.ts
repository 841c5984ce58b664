import { at } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import { largestLocalDistance } from '../src/local-distance.js';

describe('largestLocalDistance', () => {
  it('is the mean of the best 2x2 square of a 4x3 map, and where it is', () => {
    const map = [0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 2, 0];
    const size = { width: 4, height: 3 };
    expect(largestLocalDistance(map, size, 2)).toEqual({ distance: 2, left: 1, top: 1, width: 2, height: 2 });
  });

  it('is the largest value for a square of 1, in the last column and row too', () => {
    const map = [0, 1, 2, 3, 4, 5];
    expect(largestLocalDistance(map, { width: 2, height: 3 }, 1)).toMatchObject({
      distance: 5,
      left: 1,
      top: 2,
    });
  });

  it('takes the first of equal squares', () => {
    const map = new Float32Array(12).fill(0.5);
    expect(largestLocalDistance(map, { width: 4, height: 3 }, 2)).toMatchObject({ left: 0, top: 0 });
  });

  it.each([
    [3, 2, { width: 3, height: 2, distance: 3.5 }],
    [2, 3, { width: 2, height: 3, distance: 3.5 }],
  ])('cuts a square of 16 to an image of %ix%i', (width, height, expected) => {
    const map = [1, 2, 3, 4, 5, 6];
    expect(largestLocalDistance(map, { width, height }, 16)).toMatchObject(expected);
  });

  it('agrees with sums taken one by one on 40x30 random values', () => {
    const size = { width: 40, height: 30 };
    let state = 1;
    const map = Float32Array.from({ length: 1200 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    });
    let most = 0;
    for (let top = 0; top <= 30 - 16; top++) {
      for (let left = 0; left <= 40 - 16; left++) {
        let sum = 0;
        for (let y = 0; y < 16; y++) for (let x = 0; x < 16; x++) sum += at(map, (top + y) * 40 + left + x);
        most = Math.max(most, sum / 256);
      }
    }
    expect(largestLocalDistance(map, size, 16).distance).toBeCloseTo(most, 12);
  });

  it('never falls below 0 where the map is nothing', () => {
    expect(largestLocalDistance(new Float32Array(100), { width: 10, height: 10 }, 4).distance).toBe(0);
  });

  it('hands on NaN', () => {
    const map = new Float32Array(100);
    map[42] = Number.NaN;
    expect(largestLocalDistance(map, { width: 10, height: 10 }, 4).distance).toBeNaN();
  });
});
