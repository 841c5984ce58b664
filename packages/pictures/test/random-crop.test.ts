import { describe, expect, it } from 'vitest';
import { seededRandom } from '../src/random.js';
import { randomCrop, SIDE } from '../src/random-crop.js';

/** A photograph whose red is the column and whose green is the row. */
function ramp(width: number, height: number) {
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < width * height; at++) data.set([at % width, Math.floor(at / width), 0], 3 * at);
  return { width, height, data };
}

describe('randomCrop', () => {
  it('has 64x64 pixels, or the side that is asked for', () => {
    const photographs = [ramp(200, 150)];
    expect(randomCrop(photographs, seededRandom(1))).toMatchObject({ width: SIDE, height: SIDE });
    expect(randomCrop(photographs, seededRandom(1), 128)).toMatchObject({ width: 128, height: 128 });
  });

  it('is the photograph itself, or its mirror image, where the side is all that it has', () => {
    const { data } = randomCrop([ramp(100, 100)], seededRandom(2), 100);
    const columns = [data[0], data[3 * 99]].map((red) => Math.round(255 * (red ?? 0)));
    expect(columns.sort((a, b) => a - b)).toEqual([0, 99]);
    expect(Math.round(255 * (data[3 * 100 * 99 + 1] ?? 0))).toBe(99);
  });

  it('refuses a side that the photograph does not have', () => {
    expect(() => randomCrop([ramp(80, 70)], seededRandom(1), 71)).toThrow(
      /^drawCrop: expected a side of at most 70 pixels for patchSide, got 71\./,
    );
    expect(() => randomCrop([ramp(80, 70)], seededRandom(1), 1.5)).toThrow(/patchSide/);
  });
});
