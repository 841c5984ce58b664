import { readFile } from 'node:fs/promises';
import { getBackend, memory, type Tensor4D, tensor3d, tensor4d } from '@tensorflow/tfjs-core';
import { at } from 'lpips-core';
import { readImage, selectBackend } from 'lpips-node';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../test/support/backends.js';
import { compareImages } from '../src/compare-images.js';
import { FLOAT_NOISE } from '../src/look-options.js';
import { differentPixels, type FixtureName, fixture, iconPiece } from './support/fixtures.js';

/** Tolerance of the figures in the README, which have four places. */
const FIGURE_DIGITS = 4;
/** Largest change of a value by conversions in float32, several times its rounding in [-1, 1]. */
const ROUNDING = 1e-6;

/** Name, pixels that differ for pixelmatch, distance, largest local distance, and whether it passes. */
const JUDGED: readonly [FixtureName, number, number, number, boolean][] = [
  ['moved', 6669, 0.0123, 0.3878, true],
  ['lcd-smoothing', 6834, 0.0058, 0.0751, true],
  ['missing-icon', 59, 0.0022, 1.0562, false],
  ['other-digit', 8, 0.00004, 0.0303, true],
];

for (const backend of ['wasm', 'tensorflow'] as const) {
  await suiteOnBackend('compareImages, screenshots of 800x600', backend, (name) => {
    describe(name, () => {
      beforeAll(() => selectBackend(backend));

      it.each(JUDGED)(
        '%s: %i pixels differ, distance %f, local %f',
        async (name, pixels, distance, local, isAlike) => {
          expect(await differentPixels(fixture(name), fixture('reference'))).toBe(pixels);
          const comparison = await compareImages(fixture(name), fixture('reference'));
          expect(comparison.distance).toBeCloseTo(distance, FIGURE_DIGITS);
          expect(comparison.local.distance).toBeCloseTo(local, FIGURE_DIGITS);
          expect(comparison.isAlike).toBe(isAlike);
        },
      );
    });
  });
}

describe('compareImages', () => {
  beforeAll(() => selectBackend('wasm'));

  it('finds the place of a missing icon, at (37, 267) in 800x600', async () => {
    const { local } = await compareImages(fixture('missing-icon'), fixture('reference'));
    expect(Math.abs(local.left - 37)).toBeLessThanOrEqual(4);
    expect(Math.abs(local.top - 267)).toBeLessThanOrEqual(4);
  });

  it('takes a path, a Buffer, a Uint8Array and tensors of any range for the same image', async () => {
    const png = await iconPiece('missing-icon');
    const reference = await iconPiece('reference');
    const { distance } = await compareImages(png, reference);
    expect(distance).toBeGreaterThan(0.01);
    const offset = new Uint8Array([0, ...png]).subarray(1);
    expect((await compareImages(offset, reference)).distance).toBe(distance);
    const tensor = await readImage(png);
    expect((await compareImages(tensor, reference)).distance).toBe(distance);
    const [, height, width] = tensor.shape;
    const levels = Float32Array.from(await tensor.data(), (value) => Math.round((value + 1) * 127.5));
    const bytes = tensor4d(levels, [1, height, width, 3]);
    const threeAxes = tensor3d(levels, [height, width, 3]);
    const inBytes = await compareImages(threeAxes, await bytesOf(reference), { range: [0, 255] });
    expect(inBytes.distance).toBeCloseTo(distance, 6);
    for (const used of [tensor, bytes, threeAxes]) used.dispose();
  });

  it('takes a greyscale tensor of another copy of TensorFlow.js, 20x20', async () => {
    const foreign = {
      shape: [20, 20, 1],
      data: async () => Array.from({ length: 400 }, (_, i) => (i % 20) / 20),
    };
    const { isAlike } = await compareImages(foreign, foreign, { range: [0, 1], threshold: 0 });
    expect(isAlike).toBe(true);
  });

  it('gives exactly 0 for the same pixels in another file format, without loading any net', async () => {
    const png = await iconPiece('reference');
    const webp = await sharp(png).webp({ lossless: true }).toBuffer();
    const { distance, local, isAlike } = await compareImages(webp, png, { threshold: 0, net: 'alex' });
    expect([distance, local.distance, isAlike]).toEqual([0, 0, true]);
  });

  it('passes the rounding of float32 at threshold 0, and not one level of one pixel, 96x96', async () => {
    const image = await readImage(await iconPiece('reference'));
    const values = await image.data();
    const noisy = values.map((value, i) => value + (i % 2 === 0 ? -1 : 1) * Math.sign(value) * ROUNDING);
    const inside = noisy.map((value) => Math.min(Math.max(value, -1), 1));
    const noise = tensor4d(inside, image.shape);
    const rounded = await compareImages(noise, image, { threshold: 0 });
    expect(rounded.local.distance).toBeGreaterThan(0);
    expect(rounded.local.distance).toBeLessThan(FLOAT_NOISE);
    expect(rounded.isAlike).toBe(true);
    const level = values.slice();
    level[3000] = at(level, 3000) - 2 / 255;
    const changed = tensor4d(level, image.shape);
    expect((await compareImages(changed, image, { threshold: 0 })).isAlike).toBe(false);
    for (const tensor of [image, noise, changed]) tensor.dispose();
  });

  it('leaves no tensor, where it refuses too', async () => {
    const png = await iconPiece('missing-icon');
    await compareImages(png, await iconPiece('reference'));
    const { numTensors } = memory();
    await compareImages(png, await iconPiece('reference'));
    await expect(compareImages(png, Buffer.from('no image'))).rejects.toThrow();
    await expect(compareImages(png, fixture('reference'))).rejects.toThrow();
    expect(memory().numTensors).toBe(numTensors);
  });

  it('stays on the backend that the test has chosen', async () => {
    await compareImages(await iconPiece('moved'), await iconPiece('reference'));
    expect(getBackend()).toBe('wasm');
  });

  it('refuses different sizes by both', async () => {
    const small = await sharp(await iconPiece('reference'))
      .resize(90, 80)
      .png()
      .toBuffer();
    await expect(compareImages(small, await iconPiece('reference'))).rejects.toThrow(
      'compareImages: expected 96x96 pixels, as the reference has, for the image, got 90x80. ' +
        'Images of different sizes are not compared. Fix the viewport, or crop one.',
    );
  });

  it.each([
    [
      'no image',
      Buffer.from('no image'),
      /for the image, got a file of another kind, or one whose header is truncated/,
    ],
    ['an empty buffer', new Uint8Array(), /for the image, got an empty file/],
    ['a missing file', '/nowhere/a.png', /cannot read \/nowhere\/a.png: there is no such file/],
    ['a promise', Promise.resolve(Buffer.alloc(1)), /for the image, got a promise. Await it first/],
    ['undefined', undefined, /for the image, got undefined/],
    [
      'a page',
      { screenshot: () => undefined },
      /got an object of type Object. For a page, pass await page.screenshot/,
    ],
    ['a batch of two', tensorLike([2, 8, 8, 3]), /for the image, got \[2, 8, 8, 3\]/],
  ])('refuses %s for an image', async (_, image, message) => {
    await expect(compareImages(image as Buffer, await iconPiece('reference'))).rejects.toThrow(message);
  });

  it('refuses a tensor outside its range', async () => {
    const image = { shape: [1, 1, 3], data: async () => [0, 0, 200] };
    await expect(compareImages(image, image)).rejects.toThrow(
      'compareImages: expected values in [-1, 1] for the image, got 200. Pass the range that the image has as the option range.',
    );
  });

  it('refuses official weights that are not at hand without downloading any', async () => {
    const options = { net: 'alex', weightsDir: '/' } as const;
    const pair = [await iconPiece('moved'), await iconPiece('reference')] as const;
    const before = process.env['LPIPS_CACHE'];
    process.env['LPIPS_CACHE'] = '/nowhere';
    try {
      await expect(compareImages(...pair, options)).rejects.toThrow(/and downloading is off/);
    } finally {
      if (before === undefined) delete process.env['LPIPS_CACHE'];
      else process.env['LPIPS_CACHE'] = before;
    }
  });

  it('damaged files are named: a PNG cut in half', async () => {
    const bytes = await readFile(fixture('reference'));
    await expect(compareImages(fixture('moved'), bytes.subarray(0, bytes.length / 2))).rejects.toThrow(
      /for the reference, got a damaged or incomplete file/,
    );
  });
});

/** The 8-bit values of an image as a tensor-like, `[1, height, width, 3]` in [0, 255]. */
async function bytesOf(png: Buffer) {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const shape: Tensor4D['shape'] = [1, info.height, info.width, 3];
  return { shape, data: async () => data };
}

function tensorLike(shape: readonly number[]) {
  return { shape, data: async () => [] };
}
