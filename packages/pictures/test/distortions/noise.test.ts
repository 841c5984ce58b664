import { at } from 'lpips-core';
import { paint, pixelAt, type Raster, seededRandom } from 'lpips-pictures';
import { describe, expect, it } from 'vitest';
import {
  addBlueNoise,
  addCheckerboard,
  addGreyNoise,
  addNoise,
  addPinkNoise,
  addSpecks,
  addUniformNoise,
} from '../../src/distortions/noise.js';
import { expectReds, grey, reds } from '../support/rows.js';

describe('noise', () => {
  const flat = paint(64, 64, () => grey(0.5));
  const spread = ({ data }: Raster) =>
    Math.sqrt(data.reduce((sum, value) => sum + (value - 0.5) ** 2, 0) / data.length);
  /** Correlation of neighbours in a row. */
  const grain = ({ data }: Raster) => {
    let [sum, square] = [0, 0];
    for (let i = 3; i < data.length; i++) {
      sum += (at(data, i) - 0.5) * (at(data, i - 3) - 0.5);
      square += (at(data, i) - 0.5) ** 2;
    }
    return sum / square;
  };

  it.each([
    ['white', addNoise, [-0.05, 0.05]],
    ['uniform', addUniformNoise, [-0.05, 0.05]],
    ['pink', addPinkNoise, [0.4, 0.9]],
    ['blue', addBlueNoise, [-0.4, -0.1]],
  ] as const)('%s noise has the stated deviation and its own grain', (_, add, [least, most]) => {
    const result = add(flat, 0.1, seededRandom(1));
    expect(spread(result)).toBeCloseTo(0.1, 2);
    expect(grain(result)).toBeGreaterThan(least);
    expect(grain(result)).toBeLessThan(most);
  });

  it('addGreyNoise changes all channels alike', () => {
    const result = addGreyNoise(flat, 0.1, seededRandom(1));
    expect(spread(result)).toBeCloseTo(0.1, 2);
    expect(result.data).toEqual(paint(64, 64, (x, y) => grey(pixelAt(result, x, y)[0])).data);
  });

  it('addSpecks hits the stated share, black and white', () => {
    const values = reds(addSpecks(flat, 0.1, seededRandom(1)));
    expect(values.filter((value) => value !== 0.5).length / values.length).toBeCloseTo(0.1, 1);
    expect(new Set(values)).toEqual(new Set([0, 0.5, 1]));
  });

  it('addCheckerboard alternates in both directions', () => {
    expectReds(
      addCheckerboard(
        paint(4, 2, () => grey(0.5)),
        0.1,
        2,
      ),
      [0.6, 0.6, 0.4, 0.4, 0.6, 0.6, 0.4, 0.4],
    );
  });
});
