import { describe, expect, it } from 'vitest';
import { factorOf, fitPictures } from '../../page/fit-pictures.js';

const THREE = { columns: 3, rows: 1 };

describe('fitPictures', () => {
  it.each([
    ['64x64 on a desktop', [64, 64], THREE, [1200, 600, 1], '5', 320],
    ['64x64 beside each other on a phone of density 3', [64, 64], THREE, [328, 400, 3], '4', 256 / 3],
    ['256x256 there', [256, 256], THREE, [328, 400, 3], '1', 256 / 3],
    ['256x256 where a pixel is a CSS pixel', [256, 256], THREE, [328, 400, 1], '1/3', 256 / 3],
    ['2000x1000 alone', [2000, 1000], { columns: 1, rows: 1 }, [1200, 600, 1], '1/2', 1000],
    [
      '600x600, which fits as it is but would not twice',
      [600, 600],
      { columns: 1, rows: 1 },
      [1200, 900, 1],
      '1',
      600,
    ],
  ] as const)('%s', (_, [width, height], grid, [roomWidth, roomHeight, density], scale, shown) => {
    const room = { width: roomWidth, height: roomHeight, gap: 12, density };
    const fit = fitPictures({ width, height }, grid, room);
    expect(fit.scale).toBe(scale);
    expect(fit.width).toBeCloseTo(shown, 9);
  });

  it('always takes a whole factor or a whole part, and what fits', () => {
    for (let side = 8; side < 3000; side = Math.ceil(side * 1.3)) {
      for (const density of [1, 1.5, 2, 2.625]) {
        const fit = fitPictures({ width: side, height: side }, THREE, {
          width: 360,
          height: 500,
          gap: 12,
          density,
        });
        const factor = factorOf(fit);
        const whole = factor >= 1 ? factor : 1 / factor;
        expect(Math.abs(whole - Math.round(whole)), `${side} at ${density}`).toBeLessThan(1e-9);
        expect(3 * fit.width + 24).toBeLessThanOrEqual(360 + 1e-6);
        expect(fit.width * density).toBeCloseTo(side * factor, 6);
      }
    }
  });
});
