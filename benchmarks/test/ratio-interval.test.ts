import { describe, expect, it } from 'vitest';
import { ratioInterval } from '../src/ratio-interval.js';

const numbers = (count: number, step = 1) => Array.from({ length: count }, (_, i) => 100 + step * i);

describe('ratioInterval', () => {
  it('3 before, 3 after: spans all nine ratios, 1 − 2/20 of the time', () => {
    const { low, high, level } = ratioInterval([1, 2, 4], [8, 16, 32], 0.99);
    expect([low, high]).toEqual([8 / 4, 32 / 1]);
    expect(level).toBeCloseTo(0.9, 12);
  });

  // Critical values of the two-sided Mann-Whitney test, α = 0.01: the largest U that rejects (Siegel 1956, table K).
  it.each([
    [5, 5, 0],
    [6, 6, 2],
    [7, 7, 4],
    [8, 8, 7],
    [9, 9, 11],
    [7, 9, 7],
    [15, 15, 51],
  ])(
    '%i before, %i after: leaves out the %i ratios at either end that the tables allow',
    (m, n, critical) => {
      // With `before` all 1, the ratios are the values of `after`, m times each; powers tell every ratio apart.
      const before = numbers(m).map((_, i) => 2 ** (i / 1000));
      const after = numbers(n).map((_, j) => 2 ** j);
      const ratios = after.flatMap((a) => before.map((b) => a / b)).sort((a, b) => a - b);
      const { low, high, level } = ratioInterval(before, after, 0.99);
      expect(ratios.indexOf(low)).toBe(critical);
      expect(ratios.indexOf(high)).toBe(m * n - 1 - critical);
      expect(level).toBeGreaterThanOrEqual(0.99);
    },
  );

  it('before and after exchanged: the reciprocal interval', () => {
    const [a, b] = [numbers(7, 3), numbers(9, 5)];
    const [there, back] = [ratioInterval(a, b, 0.95), ratioInterval(b, a, 0.95)];
    expect(there.low).toBeCloseTo(1 / back.high, 12);
    expect(there.high).toBeCloseTo(1 / back.low, 12);
    expect(there.level).toBeCloseTo(back.level, 12);
  });

  it('one value on each side: no level at all', () => {
    expect(ratioInterval([2], [3], 0.99)).toEqual({ low: 1.5, high: 1.5, level: 0 });
  });

  it('45 values on each side, as 3 processes of 15 steps give: still exact', () => {
    const { low, high, level } = ratioInterval(numbers(45), numbers(45), 0.99);
    expect([low < 1, high > 1, level >= 0.99, level < 0.991]).toEqual([true, true, true, true]);
  });

  it('holds the true ratio in 95 of 100 samples, whatever the distribution', () => {
    let state = 1;
    const random = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const draw = (scale: number) => Array.from({ length: 7 }, () => scale * (1 + random() ** 8)); // a long tail
    const held = Array.from({ length: 1000 }, () => {
      const { low, high } = ratioInterval(draw(1), draw(1.3), 0.95);
      return low <= 1.3 && 1.3 <= high;
    });
    expect(held.filter(Boolean).length).toBeGreaterThan(935);
  });
});
