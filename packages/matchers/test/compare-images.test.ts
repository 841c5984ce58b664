import { readFile } from 'node:fs/promises';
import { getBackend, memory, type Tensor4D, tensor3d, tensor4d } from '@tensorflow/tfjs-core';
import { at } from 'lpips-core';
import { readImage, selectBackend } from 'lpips-node';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../test/support/backends.js';
import { describeWithShared } from '../../../test/support/shared-data.js';
import { compareImages } from '../src/compare-images.js';
import { FLOAT_NOISE } from '../src/thresholds.js';
import { differentPixels, type FixtureName, fixture, iconPiece } from './support/fixtures.js';

/** Tolerance of the figures in the README, which have four places. */
const FIGURE_DIGITS = 4;
/** Largest change of a value by conversions in float32, several times its rounding in [-1, 1]. */
const ROUNDING = 1e-6;

/** Name, pixels that differ for pixelmatch, distance, local distance, colour, shape, and what is above its threshold. */
const JUDGED: readonly [FixtureName, number, number, number, number, number, readonly string[]][] = [
  ['moved', 6669, 0.0123, 0.3878, 0.0027, 0.02, []],
  ['lcd-smoothing', 6834, 0.0058, 0.0751, 0.0241, 0.0317, []],
  ['missing-icon', 59, 0.0022, 1.0562, 0.172, 0.2342, ['shape', 'colour', 'local']],
  ['other-digit', 8, 0.00004, 0.0303, 0.0015, 0.0426, []],
];

const CONTROLS = [
  '<rect x="20" y="20" width="90" height="32" rx="5" fill="#2563eb"/>',
  '<rect x="140.5" y="28.5" width="13" height="13" rx="2" fill="none" stroke="#767676"/>',
  '<circle cx="224" cy="35" r="4" fill="#16a34a"/>',
  '<path d="M20 90H300" stroke="#222" stroke-width="2"/>',
  '<path d="M24 130l8-12 8 12z" fill="#16a34a"/>',
] as const;
const [BUTTON, BOX, DOT, , ARROW] = CONTROLS;
/** A change of meaning, the drawing before it, and after it. */
const SMALL_CHANGES: readonly [string, string, string][] = [
  ['a missing dot of 8 pixels', BUTTON + DOT, BUTTON],
  ['a missing disc of 14 pixels', '<circle cx="60" cy="60" r="7" fill="#f00"/>', ''],
  [
    'a check mark in a box of 13 pixels',
    BOX,
    `${BOX}<path d="M143 35l3 3 5-6" fill="none" stroke="#222" stroke-width="2"/>`,
  ],
  ['a button that is paler', BUTTON, BUTTON.replace('/>', ' opacity=".65"/>')],
  ['an arrow that points down', ARROW, '<path d="M24 118l8 12 8-12z" fill="#16a34a"/>'],
  ['a grey ground that is white', '<rect width="90" height="240" fill="#eee"/>', ''],
];

for (const backend of ['wasm', 'tensorflow'] as const) {
  await suiteOnBackend('compareImages, screenshots of 800x600', backend, (name) => {
    describe(name, () => {
      beforeAll(() => selectBackend(backend));

      it.each(JUDGED)(
        '%s: %i pixels differ, distance %f, local %f, colour %f, shape %f',
        async (name, pixels, distance, local, colour, shape, failures) => {
          expect(await differentPixels(fixture(name), fixture('reference'))).toBe(pixels);
          const comparison = await compareImages(fixture(name), fixture('reference'));
          expect(comparison.distance).toBeCloseTo(distance, FIGURE_DIGITS);
          expect(comparison.local.distance).toBeCloseTo(local, FIGURE_DIGITS);
          expect(comparison.colour.distance).toBeCloseTo(colour, FIGURE_DIGITS);
          expect(comparison.shape.distance).toBeCloseTo(shape, FIGURE_DIGITS);
          expect(comparison.failures).toEqual(failures);
          expect(comparison.isAlike).toBe(failures.length === 0);
        },
      );
    });
  });
}

/** Screenshots by their names in the folder of reported cases, and whose reference they have. */
const REPORTED: readonly [string, string][] = [
  ['disc-missing', 'disc-expected'],
  ['badge-missing', 'page-expected'],
  ['sidebar-white', 'page-expected'],
  ['checkbox', 'page-expected'],
  ['button-disabled', 'page-expected'],
  ['delta-down', 'page-expected'],
  ['cell-120-to-12', 'page-expected'],
];

describeWithShared('compareImages, reported screenshots', ['cases/visual'], (path) => {
  beforeAll(() => selectBackend('wasm'));

  it.each(REPORTED)('refuses %s.png for %s.png', async (image, reference) => {
    const at = (name: string) => path(`cases/visual/${name}.png`);
    const { failures, distance, local } = await compareImages(at(image), at(reference));
    expect(failures).toContain('shape');
    expect(distance).toBeLessThan(0.01); // what the net alone sees of them
    expect(local.distance).toBeLessThan(0.6);
  });

  it('refuses white-a-on-transparent.png for white-b-on-transparent.png, with threshold 0 too', async () => {
    const pair = ['a', 'b'].map((name) => path(`cases/visual/white-${name}-on-transparent.png`));
    const [image = '', reference = ''] = pair;
    expect((await compareImages(image, reference)).isAlike).toBe(false);
    expect((await compareImages(image, reference, { threshold: 0 })).isAlike).toBe(false);
  });
});

describe('compareImages', () => {
  beforeAll(() => selectBackend('wasm'));

  it('finds the place of a missing icon of 16x16, at (37, 267) in 800x600, by each number that has one', async () => {
    const { local, colour, shape } = await compareImages(fixture('missing-icon'), fixture('reference'));
    for (const place of [local, colour]) {
      expect(place).toMatchObject({ width: 16, height: 16 });
      expect(Math.abs(place.left - 37)).toBeLessThanOrEqual(4);
      expect(Math.abs(place.top - 267)).toBeLessThanOrEqual(4);
    }
    expect(shape).toMatchObject({ width: 7, height: 7 });
    expect(shape.left).toBeGreaterThanOrEqual(37 - 3);
    expect(shape.left + shape.width).toBeLessThanOrEqual(37 + 16 + 3);
  });

  it.each(SMALL_CHANGES)('refuses %s by its shape', async (_, before, after) => {
    const { failures } = await compareImages(await drawn(after), await drawn(before));
    expect(failures).toContain('shape');
  });

  it('passes a drawing that is moved by half a pixel, and with the preset strict does not', async () => {
    const shapes = CONTROLS.join('');
    const [reference, image] = [
      await drawn(shapes),
      await drawn(`<g transform="translate(.5 .5)">${shapes}</g>`),
    ];
    expect((await compareImages(image, reference)).failures).toEqual([]);
    expect((await compareImages(image, reference, { preset: 'strict' })).failures).toEqual(['shape']);
  });

  it.each([
    ['white and nothing', '#fff', 0],
    ['black and nothing', '#000', 0],
    ['white and half of it', '#fff', 0.5],
  ])('tells %s apart on a transparent ground, 64x64', async (_, colour, opacity) => {
    const [image, reference] = [await transparent(colour, 1), await transparent(colour, opacity)];
    const { isAlike, isOverBlack } = await compareImages(image, reference);
    expect(isAlike).toBe(false);
    expect(isOverBlack).toBe(colour === '#fff');
    expect((await compareImages(image, reference, { threshold: 0 })).isAlike).toBe(false);
    expect(
      (await compareImages(image, reference, { background: colour === '#fff' ? '#ffffff' : '#000000' }))
        .isAlike,
    ).toBe(true);
    expect((await compareImages(image, image, { threshold: 0 })).isAlike).toBe(true);
  });

  it('leaves no tensor of a transparent image', async () => {
    const pair = [await transparent('#fff', 1), await transparent('#fff', 0)] as const;
    await compareImages(...pair);
    const { numTensors } = memory();
    await compareImages(...pair);
    expect(memory().numTensors).toBe(numTensors);
  });

  it('takes two pixels for one at a pixel ratio of 2, 320x240', async () => {
    const shapes = CONTROLS.join('');
    const [reference, image] = [
      await drawn(shapes),
      await drawn(`<g transform="translate(2 0)">${shapes}</g>`),
    ];
    const alone = { threshold: Number.POSITIVE_INFINITY, localThreshold: Number.POSITIVE_INFINITY };
    expect((await compareImages(image, reference, alone)).isAlike).toBe(false);
    expect((await compareImages(image, reference, { ...alone, pixelRatio: 2 })).isAlike).toBe(true);
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
    const { distance, local, colour, shape, isAlike } = await compareImages(webp, png, {
      threshold: 0,
      net: 'alex',
    });
    expect([distance, local.distance, colour.distance, shape.distance, isAlike]).toEqual([0, 0, 0, 0, true]);
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
    ['a device', '/dev/zero', /for \/dev\/zero, got a pipe or a device\. Write the image to a file first/],
    ['a folder', '/', /for \/, got a folder\. Name a file in it/],
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

  it('reads a PPM and a BMP, of which sharp knows nothing, 16x16', async () => {
    const grey = (level: number) => Buffer.alloc(16 * 16 * 3, level);
    const ppm = (level: number) => Buffer.concat([Buffer.from('P6 16 16 255\n'), grey(level)]);
    const head = Buffer.alloc(54);
    head.write('BM', 'latin1');
    for (const [place, value] of [
      [2, 54 + 768],
      [10, 54],
      [14, 40],
      [18, 16],
      [22, 16],
    ] as const)
      head.writeUInt32LE(value, place);
    head.writeUInt16LE(1, 26);
    head.writeUInt16LE(24, 28);
    const strict = { threshold: 0 };
    expect((await compareImages(Buffer.concat([head, grey(90)]), ppm(90), strict)).isAlike).toBe(true);
    expect((await compareImages(ppm(200), ppm(90), strict)).isAlike).toBe(false);
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

/** A drawing of 320x240 on white, as a PNG. */
function drawn(shapes: string): Promise<Buffer> {
  const head = '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240">';
  return sharp(Buffer.from(`${head}<rect width="320" height="240" fill="#fff"/>${shapes}</svg>`))
    .png()
    .toBuffer();
}

/** A square of a colour on nothing, 64x64, as a PNG. */
function transparent(colour: string, opacity: number): Promise<Buffer> {
  const square = `<rect x="16" y="16" width="32" height="32" fill="${colour}" opacity="${opacity}"/>`;
  return sharp(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64">${square}</svg>`))
    .png()
    .toBuffer();
}

/** The 8-bit values of an image as a tensor-like, `[1, height, width, 3]` in [0, 255]. */
async function bytesOf(png: Buffer) {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const shape: Tensor4D['shape'] = [1, info.height, info.width, 3];
  return { shape, data: async () => data };
}

function tensorLike(shape: readonly number[]) {
  return { shape, data: async () => [] };
}
