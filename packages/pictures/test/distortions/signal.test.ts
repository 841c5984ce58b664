import { describe, expect, it } from 'vitest';
import { dither, interlace, loseBlocks } from '../../src/distortions/signal.js';
import { seededRandom } from '../../src/random.js';
import { paint, pixelAt } from '../../src/raster.js';

const RAMP = paint(20, 18, (x, y) => [x / 20, y / 18, 0.5]);

describe('faults of transmission and of displays', () => {
  it('interlace moves every other row and leaves the others', () => {
    const result = interlace(RAMP, 3);
    expect(pixelAt(result, 10, 4)).toEqual(pixelAt(RAMP, 10, 4));
    expect(Math.abs(pixelAt(result, 10, 5)[0] - pixelAt(RAMP, 10, 5)[0])).toBeCloseTo(3 / 20, 5);
  });

  it('loseBlocks repeats the block to the left, where the last column of blocks is narrower too', () => {
    const result = loseBlocks(RAMP, 1, seededRandom(1));
    expect(pixelAt(result, 3, 3)).toEqual(pixelAt(RAMP, 3, 3));
    for (const x of [11, 19]) expect(pixelAt(result, x, 17)).toEqual(pixelAt(RAMP, 3, 17));
    expect(loseBlocks(RAMP, 0, seededRandom(1))).toEqual(RAMP);
  });

  it('dither keeps the mean of a flat area, in steps', () => {
    const flat = paint(8, 8, () => [0.25, 0.375, 1]);
    const { data } = dither(flat, 0.5);
    expect(new Set(data)).toEqual(new Set([0, 0.5, 1]));
    const means = [0, 1, 2].map((c) => data.filter((_, at) => at % 3 === c).reduce((a, b) => a + b) / 64);
    expect(means).toEqual([0.25, 0.375, 1]);
  });
});
