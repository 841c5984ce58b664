import { expect, it } from 'vitest';
import { mulberry32 } from '../../src/random/mulberry32.js';
import { standardNormal } from '../../src/random/standard-normal.js';

it('is √(−2 ln(1 − u₁)) · cos 2π u₂ of two uniform numbers, worked by hand', () => {
  const given = [1 - Math.exp(-2), 0, 1 - Math.exp(-0.5), 0.5, 0, 0.3];
  const normal = standardNormal(() => given.shift() ?? Number.NaN);
  expect(normal()).toBeCloseTo(2, 12);
  expect(normal()).toBeCloseTo(-1, 12);
  expect(normal()).toBeCloseTo(0, 12);
});

it('is finite for every uniform number, and has the quantiles of the normal distribution', () => {
  expect(standardNormal(() => 1 - 2 ** -32)()).toBeGreaterThan(6);
  const normal = standardNormal(mulberry32(1));
  const drawn = Float64Array.from({ length: 40_000 }, normal).sort();
  // The deviation of these quantiles at this many draws is below 0.012.
  for (const [share, quantile] of [
    [0.0228, -2],
    [0.1587, -1],
    [0.5, 0],
    [0.8413, 1],
    [0.9772, 2],
  ] as const) {
    expect(Math.abs((drawn[Math.round(share * drawn.length)] ?? Number.NaN) - quantile)).toBeLessThan(0.04);
  }
});
