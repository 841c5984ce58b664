import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deadLeaves } from '../src/dead-leaves.js';
import { seededRandom } from '../src/random.js';
import { luma, type Raster, toBytes } from '../src/raster.js';

/** Mean absolute difference of the lightness of pixels so far apart in a row. */
function differenceAt(picture: Raster, distance: number): number {
  const { width, height } = picture;
  const light = luma(picture);
  let sum = 0;
  for (let y = 0; y < height; y++) {
    for (let x = distance; x < width; x++) {
      sum += Math.abs((light[y * width + x] ?? 0) - (light[y * width + x - distance] ?? 0));
    }
  }
  return sum / (height * (width - distance));
}

describe('deadLeaves', () => {
  it('makes the same picture of the same seed, 8-bit values in [0, 1], and another of another seed', () => {
    const [one, again, other] = [7, 7, 8].map((seed) => deadLeaves(96, 80, seededRandom(seed)));
    expect(one).toEqual(again);
    expect(one).not.toEqual(other);
    expect(one).toMatchObject({ width: 96, height: 80 });
    for (const value of one?.data ?? []) {
      expect(value >= 0 && value <= 1 && Math.abs(value * 255 - Math.round(value * 255)) < 1e-4).toBe(true);
    }
  });

  it('makes the same bytes as ever', () => {
    const digest = createHash('sha256')
      .update(toBytes(deadLeaves(64, 64, seededRandom(1))))
      .digest('hex');
    expect(digest).toBe('1bc73ccdef65e9d29e93c9c83ba47809c5d6fcd6401f668be3078d1c93669b0a');
  });

  it('has edges at every scale: pixels differ more the farther they are apart, by less each time', () => {
    const picture = deadLeaves(256, 256, seededRandom(3));
    const [near, far, farther] = [1, 8, 64].map((distance) => differenceAt(picture, distance));
    expect(far).toBeGreaterThan(1.5 * (near ?? 0));
    expect(farther).toBeGreaterThan(far ?? 0);
    expect(farther).toBeLessThan(2 * (far ?? 0));
  });

  it('refuses a side that is none, and a source that is none', () => {
    expect(() => deadLeaves(0, 8, seededRandom(1))).toThrow(
      /^deadLeaves: expected a whole number of at least 1 for width, got /,
    );
    expect(() => deadLeaves(8, 8, {} as never)).toThrow(/^deadLeaves: expected .* for random/);
  });
});
