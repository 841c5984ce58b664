import { describe, expect, it } from 'vitest';
import { distort } from '../src/distortions/distortion-table.js';
import { haarPsi } from '../src/haar-psi.js';
import { DISTORTIONS } from '../src/node/distortions.js';
import { paint, type Raster } from '../src/raster.js';

/** Decimals: samples are float32, the reference's too; the sums are float64 in both. */
const TOLERANCE = 6;
/** piq 0.8.0, haarpsi(x, y) in float64. */
const PIQ = { odd: 0.6110072870937314, even: 0.5946448557890328 };

/** A smooth pattern in colour and a disturbed copy, by formulas that any program can repeat. */
function pattern(width: number, height = 32): Raster {
  return paint(width, height, (x, y) => {
    const value = 0.5 + 0.3 * Math.sin(x / 3) * Math.cos(y / 4);
    return [value, 0.8 * value, 1 - value];
  });
}
function disturbed(width: number): Raster {
  return paint(width, 32, (x, y) => {
    const value = 0.45 + 0.25 * Math.sin(x / 3 + 0.4) * Math.cos(y / 4) + ((x * 7 + y * 13) % 11) / 100;
    return [value, 0.8 * value + 0.1, 1 - value];
  });
}

describe('HaarPSI', () => {
  it.each([
    [41, PIQ.odd],
    [40, PIQ.even],
  ])('is what piq gives for [32,%d,3]', (width, expected) => {
    expect(haarPsi(disturbed(width), pattern(width))).toBeCloseTo(expected, TOLERANCE);
  });

  it('of a picture with itself is 1, and of two black ones', () => {
    const black = paint(16, 16, () => [0, 0, 0]);
    expect(haarPsi(pattern(40), pattern(40))).toBeCloseTo(1, 12);
    expect(haarPsi(black, black)).toBe(1);
  });

  it('is symmetric', () => {
    expect(haarPsi(disturbed(40), pattern(40))).toBeCloseTo(haarPsi(pattern(40), disturbed(40)), 12);
  });

  it.each(['blur', 'noise', 'cast'])('falls as %s grows', async (id) => {
    const distortion = DISTORTIONS.find((each) => each.id === id);
    if (!distortion) throw new Error(`there is no ${id}`);
    const original = pattern(64, 48);
    const values: number[] = [];
    for (const share of [0.25, 0.5, 1]) {
      values.push(haarPsi(await distort(original, distortion, share * distortion.strength), original));
    }
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(values.at(-1)).toBeLessThan(0.99);
  });

  it('refuses other sizes and pictures below 16x16 by name', () => {
    expect(() => haarPsi(pattern(40), pattern(41))).toThrow(
      'haarPsi: expected 40 x 32 pixels for reference, got 41 x 32. Resize one of them.',
    );
    const small = pattern(15);
    expect(() => haarPsi(small, small)).toThrow(
      'haarPsi: expected at least 16 x 16 pixels for image, got 15 x 32. Enlarge the image.',
    );
  });
});
