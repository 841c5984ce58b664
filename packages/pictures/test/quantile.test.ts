import { quantile } from 'lpips-pictures';
import { describe, expect, it } from 'vitest';

describe('quantile', () => {
  it('finds the value below which a share of the samples lies', () => {
    const samples = Float32Array.from({ length: 7000 }, (_, index) => index);
    expect(quantile([samples], 0.5)).toBeCloseTo(3500, -1);
  });

  it('takes all lists together: 70 zeros and 70 ones', () => {
    const lists = [new Float32Array(70), new Float32Array(70).fill(1)];
    expect(quantile(lists, 0.4)).toBe(0);
    expect(quantile(lists, 0.6)).toBe(1);
    expect(quantile(lists, 1)).toBe(1);
  });

  it('refuses no samples', () => {
    expect(() => quantile([new Float32Array(0)], 0.5)).toThrow(
      'quantile: expected at least one for samples, got none.',
    );
  });
});
