import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { at, LpipsError } from 'lpips-core';
import { imagePixels } from 'lpips-pictures';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../../src/backends/select-backend.js';
import { inspectImage, readImage } from '../../src/images/read-image.js';
import { heicHeader } from './heic-bytes.js';

/** 16-bit colours that went through two profile conversions, in levels of 8 bits. */
const PROFILE_TOLERANCE = 1;

let folder = '';
const inFolder = (name: string) => join(folder, name);

beforeAll(async () => {
  await selectBackend('wasm');
  folder = await mkdtemp(join(tmpdir(), 'read-image-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Every level once in red, a ramp of other levels in the rest: 16x16. */
const LEVELS = Uint8Array.from({ length: 768 }, (_, i) =>
  i % 3 === 0 ? i / 3 : (i * 7 + (i % 3) * 11) % 256,
);
const levels = () => sharp(LEVELS, { raw: { width: 16, height: 16, channels: 3 } });

async function valuesOf(image: Tensor4D): Promise<Float32Array> {
  const values = await image.data<'float32'>();
  image.dispose();
  return values;
}

/** Values as 8-bit levels, unrounded. */
async function levelsOf(image: Tensor4D): Promise<number[]> {
  return Array.from(await valuesOf(image), (value) => (value + 1) * 127.5);
}

describe('readImage', () => {
  it.each(['png', 'tiff', 'webp'] as const)(
    'reads a lossless %s to uint8 / 127.5 - 1 exactly',
    async (format) => {
      const file = await levels().toFormat(format, { lossless: true, compression: 'deflate' }).toBuffer();
      const image = await readImage(file);
      expect(image.shape).toEqual([1, 16, 16, 3]);
      expect(image.dtype).toBe('float32');
      expect(await valuesOf(image)).toEqual(Float32Array.from(LEVELS, (level) => level / 127.5 - 1));
    },
  );

  it.each(['jpeg', 'avif'] as const)('reads a %s as sharp decodes it', async (format) => {
    const file = await sharp({ create: { width: 32, height: 24, channels: 3, background: '#c86432' } })
      .toFormat(format, { quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
    const image = await readImage(file);
    expect(image.shape).toEqual([1, 24, 32, 3]);
    const levels = await levelsOf(image);
    for (const [channel, level] of [200, 100, 50].entries()) {
      expect(Math.abs(at(levels, channel) - level)).toBeLessThanOrEqual(2);
    }
  });

  it('takes the first frame of an animated GIF', async () => {
    const frames = await Promise.all(
      ['#ff0000', '#0000ff'].map((background) =>
        sharp({ create: { width: 8, height: 8, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    );
    const file = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    const image = await readImage(file);
    expect(image.shape).toEqual([1, 8, 8, 3]);
    expect((await levelsOf(image)).slice(0, 3)).toEqual([255, 0, 0]);
  });

  it('repeats greyscale to three channels', async () => {
    const file = await sharp(Uint8Array.of(0, 100, 200, 255), { raw: { width: 2, height: 2, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    const expected = [0, 0, 0, 100, 100, 100, 200, 200, 200, 255, 255, 255];
    expect((await levelsOf(await readImage(file))).map(Math.round)).toEqual(expected);
  });

  it('keeps the precision of 16-bit colour: value / 65535 * 2 - 1', async () => {
    const deep = Uint16Array.from({ length: 48 }, (_, i) => (i * 1361 + 77) % 65536);
    const file = await sharp(deep, { raw: { width: 4, height: 4, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect(await valuesOf(await readImage(file))).toEqual(
      Float32Array.from(deep, (v) => (v / 65535) * 2 - 1),
    );
  });

  it('keeps the precision of 16-bit greyscale', async () => {
    const deep = Uint16Array.of(3, 4003, 40003, 65535);
    const file = await sharp(deep, { raw: { width: 2, height: 2, channels: 1 } })
      .toColourspace('grey16')
      .tiff({ compression: 'deflate' })
      .toBuffer();
    const expected = [...deep].flatMap((v) => [v, v, v]);
    expect(await valuesOf(await readImage(file))).toEqual(
      Float32Array.from(expected, (v) => (v / 65535) * 2 - 1),
    );
  });

  it('composites transparency on white, or on the stated background, and leaves opaque pixels exact', async () => {
    const rgba = Uint8Array.of(0, 0, 0, 51, 10, 20, 30, 255, 255, 0, 0, 0);
    const file = await sharp(rgba, { raw: { width: 3, height: 1, channels: 4 } })
      .png()
      .toBuffer();
    const onWhite = await levelsOf(await readImage(file));
    const onOrange = await levelsOf(await readImage(file, { background: '#ff8000' }));
    const rounded = (values: number[]) => values.map((v) => Math.round(v * 1000) / 1000);
    expect(rounded(onWhite)).toEqual([204, 204, 204, 10, 20, 30, 255, 255, 255]);
    expect(rounded(onOrange)).toEqual([204, 102.4, 0, 10, 20, 30, 255, 128, 0]);
  });

  it('composites 16-bit and greyscale transparency', async () => {
    const deep = await sharp(Uint16Array.of(0, 0, 0, 13107, 9, 9, 9, 0), {
      raw: { width: 2, height: 1, channels: 4 },
    })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    const grey = await sharp(Uint8Array.of(10, 51, 200, 255), { raw: { width: 2, height: 1, channels: 2 } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    const deepLevels = await levelsOf(await readImage(deep));
    expect(deepLevels.map((v) => Math.round(v * 100) / 100)).toEqual([204, 204, 204, 255, 255, 255]);
    const greyLevels = await levelsOf(await readImage(grey, { background: '#ff8000' }));
    expect(greyLevels.map((v) => Math.round(v * 10) / 10)).toEqual([206, 104.4, 2, 200, 200, 200]);
  });

  it('applies EXIF orientation to pixels and size', async () => {
    const file = await levels()
      .resize(16, 8, { fit: 'cover', position: 'top' })
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    expect(await inspectImage(file)).toEqual({ width: 8, height: 16 });
    const image = await readImage(file);
    expect(image.shape).toEqual([1, 16, 8, 3]);
    const upright = await sharp(file).autoOrient().raw().toBuffer();
    expect((await levelsOf(image)).map(Math.round)).toEqual([...upright]);
  });

  it('converts embedded profiles to sRGB, 8 and 16 bits alike', async () => {
    for (const space of ['srgb', 'rgb16']) {
      const file = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#c86432' } })
        .toColourspace(space)
        .withIccProfile('p3')
        .png()
        .toBuffer();
      const stored = await levelsOf(await readImage(await sharp(file, { ignoreIcc: true }).png().toBuffer()));
      const converted = (await levelsOf(await readImage(file))).slice(0, 3);
      expect(Math.abs(at(stored, 0) - 187)).toBeLessThanOrEqual(PROFILE_TOLERANCE);
      for (const [i, level] of [200, 100, 50].entries()) {
        expect(Math.abs(at(converted, i) - level)).toBeLessThanOrEqual(PROFILE_TOLERANCE);
      }
    }
  });

  it('converts a CMYK JPEG', async () => {
    const red = sharp({ create: { width: 8, height: 8, channels: 3, background: '#ff0000' } });
    const file = await red.toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(file).metadata()).space).toBe('cmyk');
    const image = await readImage(file);
    expect(image.shape).toEqual([1, 8, 8, 3]);
    const [r = 0, g = 0, b = 0] = await levelsOf(image);
    expect(r).toBeGreaterThan(220);
    expect(g + b).toBeLessThan(20);
  });

  it('scales to a stated size as sharp does with lanczos3', async () => {
    const file = await levels().jpeg({ quality: 95 }).toBuffer();
    const image = await readImage(file, { size: { width: 7, height: 5 } });
    expect(image.shape).toEqual([1, 5, 7, 3]);
    const expected = await sharp(file)
      .resize(7, 5, { fit: 'fill', kernel: 'lanczos3', fastShrinkOnLoad: false })
      .raw()
      .toBuffer();
    expect((await levelsOf(image)).map(Math.round)).toEqual([...expected]);
  });

  it('gives 8-bit pixels back for drawing', async () => {
    const image = await readImage(await levels().png().toBuffer());
    const pixels = await imagePixels(image);
    image.dispose();
    expect(pixels).toEqual({ width: 16, height: 16, data: LEVELS });
  });
});

describe('readImage refuses, in one sentence,', () => {
  const formats = 'a PNG, JPEG, WebP, AVIF, TIFF, GIF, BMP or PPM image';
  const refusal = (path: string | Buffer, options = {}) =>
    readImage(path, options).then(
      () => 'no error',
      (error: unknown) =>
        error instanceof LpipsError ? error.message : `not an LpipsError: ${String(error)}`,
    );

  it('a missing file', async () => {
    expect(await refusal('/nowhere/photo.png')).toBe(
      'readImage: cannot read /nowhere/photo.png: there is no such file. Check the path.',
    );
  });

  it('a folder', async () => {
    expect(await refusal(folder)).toBe(
      `readImage: expected an image file for ${folder}, got a folder. Name a file in it.`,
    );
  });

  it('an empty file', async () => {
    await writeFile(inFolder('empty.png'), '');
    expect(await refusal(inFolder('empty.png'))).toBe(
      `readImage: expected an image file for ${inFolder('empty.png')}, got an empty file.`,
    );
  });

  it('a text file named .png', async () => {
    await writeFile(inFolder('text.png'), 'this is no picture\n');
    expect(await refusal(inFolder('text.png'))).toBe(
      `readImage: expected ${formats} for ${inFolder('text.png')}, got a file of another kind, or one whose header is truncated.`,
    );
  });

  it('an SVG, which has no pixels of its own', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    expect(await refusal(svg)).toBe(
      `readImage: expected ${formats} for the buffer, got an image in SVG format. Convert it to PNG or JPEG first.`,
    );
  });

  it('a HEIC, which sharp cannot decode', async () => {
    expect(await refusal(heicHeader(64, 48))).toBe(
      `readImage: expected ${formats} for the buffer, got an image in HEIC format. Convert it to PNG or JPEG first.`,
    );
  });

  it('a device or a pipe, which could be read only once or never ends', async () => {
    expect(await refusal('/dev/zero')).toBe(
      'readImage: expected an image file for /dev/zero, got a pipe or a device. Write the image to a file first.',
    );
  });

  it.each([
    [undefined, 'undefined'],
    [5, 'the number 5'],
    [new URL('file:///photo.png'), 'an object'],
  ])('what is neither path nor bytes: %s', async (source, got) => {
    expect(await refusal(source as unknown as string)).toBe(
      `readImage: expected a path or a Buffer for source, got ${got}.`,
    );
  });

  it.each([
    { width: 0, height: 5 },
    { width: 1.5, height: 5 },
    { width: Number.NaN, height: 5 },
    { width: 100_000, height: 100_000 },
  ])('the size $width x $height', async (size) => {
    const file = await levels().png().toBuffer();
    expect(await refusal(file, { size })).toBe(
      'readImage: expected a whole width and height of at least 1, and at most 100,000,000 pixels in all, for size, ' +
        `got ${size.width} x ${size.height}. Choose another.`,
    );
  });

  it.each(['jpeg', 'png', 'webp', 'avif', 'tiff'] as const)(
    'a truncated %s, at any place',
    async (format) => {
      const noise = Uint8Array.from({ length: 64 * 48 * 3 }, (_, i) => (i * 7919 + ((i * i) >> 3)) & 255);
      const whole = await sharp(noise, { raw: { width: 64, height: 48, channels: 3 } })
        .toFormat(format)
        .toBuffer();
      for (const part of [0.02, 0.2, 0.5, 0.9, 0.97]) {
        const message = await refusal(whole.subarray(0, Math.max(1, Math.floor(whole.length * part))));
        expect(message, `${part}`).toContain(`readImage: expected ${formats} for the buffer, got a`);
        expect(message).not.toContain('\n');
      }
    },
  );

  it('a JPEG with damaged data in the middle', async () => {
    const noise = Uint8Array.from({ length: 64 * 48 * 3 }, (_, i) => (i * 7919 + ((i * i) >> 3)) & 255);
    const file = await sharp(noise, { raw: { width: 64, height: 48, channels: 3 } })
      .jpeg({ quality: 90 })
      .toBuffer();
    for (let i = 700; i < 900; i++) file[i] = (i * 37) & 255;
    expect(await refusal(file)).toContain('got a damaged or incomplete file');
  });

  it('more pixels than the limit, before decoding', async () => {
    const file = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#000000' } })
      .png()
      .toBuffer();
    const message =
      'readImage: expected at most 1,000 pixels for the buffer, got 40 x 30 = 1,200. Scale it down or crop it first.';
    expect(await refusal(file, { maxPixels: 1000 })).toBe(message);
    await expect(inspectImage(file, { maxPixels: 1000 })).rejects.toThrow(new LpipsError(message));
  });

  it('a background that is no colour', async () => {
    expect(await refusal('any.png', { background: 'white' })).toBe(
      'readImage: expected a colour like #ffffff for background, got "white".',
    );
  });
});
