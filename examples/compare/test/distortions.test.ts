import { loadSquare, MARGIN, PHOTOGRAPHS } from 'example-harness/photographs';
import { at } from 'lpips-core';
import { type Distortion, distort, mse, paint, psnr, type Raster, trim } from 'lpips-pictures';
import { DISTORTIONS } from 'lpips-pictures/node';
import { describe, expect, it } from 'vitest';
import { strengthForPsnr } from '../src/equal-psnr.js';

/** Decibels: PSNR of strengths that are whole numbers (blocks, qualities) comes in steps. */
const CONTINUOUS_TOLERANCE = 0.2;
const STEPPED = ['jpeg', 'mosaic', 'upsampled'];

function photograph(size = 64): Promise<Raster> {
  return loadSquare(at(PHOTOGRAPHS, 0), size);
}

function named(id: string): Distortion {
  const distortion = DISTORTIONS.find((one) => one.id === id);
  if (!distortion) throw new Error(`no distortion ${id}`);
  return distortion;
}

describe.each(DISTORTIONS.map((distortion) => ({ id: distortion.id, distortion })))(
  '$id',
  ({ distortion }) => {
    it('changes the picture, keeps its size, and holds 8-bit values', async () => {
      const image = await photograph();
      const result = await distort(image, distortion);
      expect([result.width, result.height, result.data.length]).toEqual([
        image.width,
        image.height,
        image.data.length,
      ]);
      expect(psnr(result, image)).toBeLessThan(45);
      expect(result.data.every((value) => value >= 0 && value <= 1)).toBe(true);
      expect(result.data.every((value) => Math.abs(value * 255 - Math.round(value * 255)) < 1e-4)).toBe(true);
    });

    it('is the same at every call, and leaves its input alone', async () => {
      const image = await photograph();
      const before = image.data.slice();
      const [first, second] = [await distort(image, distortion), await distort(image, distortion)];
      expect(first.data).toEqual(second.data);
      expect(image.data).toEqual(before);
    });

    it('at strength 0 is no distortion, and is further away at twice the strength', async () => {
      const image = await photograph();
      expect(mse(await distort(image, distortion, 0), image)).toBeLessThan(1e-9);
      const { strength, strongest } = distortion;
      const strong = distortion.id === 'jpeg' ? strongest : Math.min(2 * strength, strongest);
      expect(mse(await distort(image, distortion, strong), image)).toBeGreaterThan(
        mse(await distort(image, distortion, distortion.id === 'jpeg' ? 50 : strength), image),
      );
    });

    it('says its strength in words', () => {
      expect(distortion.describe(distortion.strength)).toMatch(/\d/);
    });
  },
);

describe('distort', () => {
  it('shift moves by whole pixels exactly', async () => {
    const image = paint(12, 5, (x, y) => [x / 51, y / 51, (x + y) / 51]);
    const moved = await distort(image, named('shift'), 2);
    const expected = paint(12, 5, (x, y) => [Math.max(0, x - 2) / 51, y / 51, (Math.max(0, x - 2) + y) / 51]);
    moved.data.forEach((value, index) => {
      expect(value).toBeCloseTo(at(expected.data, index), 6);
    });
  });

  it('mosaic gives every block its mean', async () => {
    const image = paint(4, 2, (x) => [x < 2 ? 0.2 : 0.4, x % 2, 0]);
    const { data } = await distort(image, named('mosaic'), 2);
    expect(data.slice(0, 3).map((value) => Math.round(value * 255))).toEqual(Float32Array.of(51, 128, 0));
    expect(data.slice(9, 12).map((value) => Math.round(value * 255))).toEqual(Float32Array.of(102, 128, 0));
  });

  it('another seed gives other noise', async () => {
    const image = await photograph();
    const noise = named('noise');
    expect((await distort(image, noise, 0.1, 1)).data).not.toEqual(
      (await distort(image, noise, 0.1, 2)).data,
    );
  });
});

describe('strengthForPsnr', () => {
  it.each(DISTORTIONS.filter(({ id }) => !STEPPED.includes(id) && id !== 'posterised').map(({ id }) => id))(
    '%s reaches 26 dB',
    async (id) => {
      const image = await photograph();
      const strength = await strengthForPsnr(image, named(id), 26, MARGIN);
      const reached = psnr(trim(await distort(image, named(id), strength), MARGIN), trim(image, MARGIN));
      expect(Math.abs(reached - 26)).toBeLessThan(CONTINUOUS_TOLERANCE);
    },
  );
});
