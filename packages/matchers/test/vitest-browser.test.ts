import { memory } from '@tensorflow/tfjs-core';
import { selectBackend } from 'lpips-node';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { type PerceptualOptions, perceptual, type Screenshot } from '../src/vitest-browser.js';
import { type FixtureName, iconPiece } from './support/fixtures.js';

/** The lightness of a pixel of a heat map where the map is 0 is half of the grey under it. */
const COLD = 128;

async function screenshot(name: FixtureName): Promise<Screenshot> {
  return await decoded(await iconPiece(name));
}

async function decoded(png: Buffer): Promise<Screenshot> {
  const { data, info } = await sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, metadata: { width: info.width, height: info.height } };
}

/** A square of 32x32 pixels on nothing, 64x64. */
function square(colour: readonly number[]): Screenshot {
  const data = new Uint8ClampedArray(64 * 64 * 4);
  for (let i = 0; i < 64 * 64; i++) {
    const isInside = i % 64 >= 16 && i % 64 < 48 && i >= 16 * 64 && i < 48 * 64;
    if (isInside) data.set(colour, i * 4);
  }
  return { data, metadata: { width: 64, height: 64 } };
}

describe('perceptual, a comparator of vitest', () => {
  beforeAll(() => selectBackend('wasm'));

  it('passes other font smoothing without a message or a picture', async () => {
    const result = await perceptual(await screenshot('reference'), await screenshot('lcd-smoothing'), {
      createDiff: true,
    });
    expect(result).toEqual({ pass: true, diff: null, message: null });
  });

  it('fails a missing icon with the numbers, and draws where vitest asks for a picture, 96x96', async () => {
    const pair = [await screenshot('reference'), await screenshot('missing-icon')] as const;
    const { pass, diff, message } = await perceptual(...pair, { createDiff: true });
    expect(pass).toBe(false);
    expect(message).toMatch(/^ {2}distance: +0\.\d{4}, threshold 0\.12, the mean over the image\n/);
    expect(message).toMatch(/\n {2}local distance: 1\.\d{4}, above the threshold 0\.68, in the 16x16 pixels/);
    expect(message).toMatch(/\n {2}net: +lite 0\.3$/);
    expect(diff).toHaveLength(96 * 96 * 4);
    const redAt = (x: number, y: number) => diff?.[(y * 96 + x) * 4] ?? Number.NaN;
    expect(redAt(29, 47)).toBeGreaterThan(200);
    expect(redAt(90, 90)).toBeLessThanOrEqual(COLD);
    expect((await perceptual(...pair, { createDiff: false })).diff).toBeNull();
  });

  it('takes the presets and thresholds of the matchers', async () => {
    const judged = async (options: PerceptualOptions) =>
      (
        await perceptual(await screenshot('reference'), await screenshot('moved'), {
          ...options,
          createDiff: false,
        })
      ).pass;
    expect(await judged({})).toBe(true);
    expect(await judged({ preset: 'strict' })).toBe(false);
    expect(await judged({ threshold: 0 })).toBe(false);
  });

  it.each(['mask', 'ignore'] as const)('leaves out the rectangles of %s', async (name) => {
    const pair = [await screenshot('reference'), await screenshot('missing-icon')] as const;
    const around = { left: 12, top: 32, width: 32, height: 32 };
    expect((await perceptual(...pair, { createDiff: false, [name]: [around] })).pass).toBe(true);
    const elsewhere = { ...around, left: 60 };
    expect((await perceptual(...pair, { createDiff: false, [name]: [elsewhere] })).pass).toBe(false);
  });

  it('compares transparent screenshots over white and over black', async () => {
    const [white, nothing] = [square([255, 255, 255, 255]), square([255, 255, 255, 0])];
    const { pass, message } = await perceptual(white, nothing, { createDiff: false });
    expect(pass).toBe(false);
    expect(message).toContain('background:     black');
    expect((await perceptual(square([9, 9, 9, 0]), nothing, { createDiff: false })).pass).toBe(true);
  });

  it('does not pass another size, and says both', async () => {
    const small = await decoded(
      await sharp(await iconPiece('reference'))
        .resize(90, 80)
        .png()
        .toBuffer(),
    );
    expect(await perceptual(await screenshot('reference'), small, { createDiff: true })).toEqual({
      pass: false,
      diff: null,
      message:
        'toMatchScreenshot: expected 96x96 pixels, as the reference has, for the image, got 90x80. ' +
        'Images of different sizes are not compared. Fix the viewport, or crop one.',
    });
  });

  it('refuses options, also where the screenshots are equal', async () => {
    const same = await screenshot('reference');
    const options = { createDiff: false, threshold: -1 };
    await expect(perceptual(same, same, options)).rejects.toThrow(
      'toMatchScreenshot: expected a number from 0 up for threshold, got -1.',
    );
  });

  it('leaves no tensor, whether it passes, fails or refuses', async () => {
    const pair = [await screenshot('reference'), await screenshot('missing-icon')] as const;
    await perceptual(...pair, { createDiff: true });
    const { numTensors } = memory();
    await perceptual(...pair, { createDiff: true });
    await perceptual(pair[0], await screenshot('moved'), { createDiff: true });
    const [dot, point] = [1, 2].map((level) => {
      return { data: new Uint8Array(4).fill(level * 100), metadata: { width: 1, height: 1 } };
    });
    if (dot && point) await expect(perceptual(dot, point, { createDiff: false })).rejects.toThrow(/at least/);
    expect(memory().numTensors).toBe(numTensors);
  });
});
