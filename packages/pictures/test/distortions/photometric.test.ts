import { paint, type Raster } from 'lpips-pictures';
import { describe, expect, it } from 'vitest';
import {
  changeGamma,
  changeSaturation,
  darkenCorners,
  loseContrast,
  quantise,
  shiftColours,
} from '../../src/distortions/photometric.js';
import { expectReds, grey, rounded, row, samples } from '../support/rows.js';

const one = (red: number, green: number, blue: number): Raster => paint(1, 1, () => [red, green, blue]);

describe('photometric', () => {
  it('loseContrast halves the way to mid-grey, and doubles it', () => {
    expectReds(loseContrast(row(0, 0.5, 0.9), 0.5), [0.25, 0.5, 0.7]);
    expectReds(loseContrast(row(0.4, 0.6), -1), [0.3, 0.7]);
  });

  it('shiftColours adds to each channel', () => {
    expect(samples(shiftColours(one(0.1, 0.2, 0.3), [0.1, 0, -0.1]))).toEqual([0.2, 0.2, 0.2]);
  });

  it('changeGamma: 1 is the square root, −1 the square', () => {
    expectReds(changeGamma(row(0, 0.25, 1), 1), [0, 0.5, 1]);
    expectReds(changeGamma(row(0, 0.5, 1), -1), [0, 0.25, 1]);
  });

  it('changeSaturation: −1 leaves the luma, 1 doubles the distance to it', () => {
    const luma = 0.299 * 0.8 + 0.587 * 0.4 + 0.114 * 0.2;
    expect(samples(changeSaturation(one(0.8, 0.4, 0.2), -1))).toEqual(grey(rounded(luma)));
    expect(samples(changeSaturation(one(0.8, 0.4, 0.2), 1))[0]).toBe(rounded(2 * 0.8 - luma));
  });

  it('quantise rounds to steps', () => {
    expectReds(quantise(row(0.1, 0.13, 0.9), 0.25), [0, 0.25, 1]);
  });

  it('darkenCorners takes from the corners of 3x3 all, from the middle nothing, from the sides half', () => {
    expectReds(
      darkenCorners(
        paint(3, 3, () => grey(1)),
        1,
      ),
      [0, 0.5, 0, 0.5, 1, 0.5, 0, 0.5, 0],
    );
  });
});
