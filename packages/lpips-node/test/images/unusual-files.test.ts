import { at, LpipsError } from 'lpips-core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../../src/backends/select-backend.js';
import { inspectImage, openTiles, type ReadImageOptions, readImage } from '../../src/images/read-image.js';
import {
  chunk,
  greyProfile,
  ICC_PROFILE,
  jpegWithProfile,
  type Tag,
  tiff,
  ultraHdr,
  withProfile,
} from './encoded.js';

/** Both ways round to whole levels of 8 bits, and the narrower one does it twice. */
const ONE_LEVEL = 1;

beforeAll(() => selectBackend('wasm'));

/** Values as 8-bit levels, unrounded. */
async function levels(file: Buffer, options: ReadImageOptions = {}): Promise<number[]> {
  const image = await readImage(file, options);
  const values = await image.data<'float32'>();
  image.dispose();
  return Array.from(values, (value) => (value + 1) * 127.5);
}

const refusal = (file: Buffer) =>
  readImage(file).then(
    () => 'no error',
    (error: unknown) => (error instanceof LpipsError ? error.message : `not an LpipsError: ${String(error)}`),
  );
const FORMATS = 'a PNG, JPEG, WebP, AVIF, TIFF, GIF, BMP or PPM image';

function expectClose(found: readonly number[], expected: readonly number[], most: number): void {
  expect(found).toHaveLength(expected.length);
  const largest = found.reduce((worst, value, i) => Math.max(worst, Math.abs(value - at(expected, i))), 0);
  expect(largest).toBeLessThanOrEqual(most);
}

/** Red, green, blue, their mixtures, and greys. */
const SATURATED = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 0],
  [0, 255, 255],
  [255, 0, 255],
  [20, 10, 240],
  [128, 128, 128],
].flat();
const ROW = { width: 8, height: 1 };

async function png(values: Uint8Array | Uint16Array, channels: 1 | 2 | 3 | 4, space: string) {
  const raw = { width: values.length / channels, height: 1, channels };
  return sharp(values, { raw }).toColourspace(space).png().toBuffer();
}

async function p3(): Promise<Buffer> {
  const file = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#000' } })
    .withIccProfile('p3')
    .png()
    .toBuffer();
  const { icc } = await sharp(file).metadata();
  if (icc === undefined) throw new Error('no profile');
  return icc;
}

describe('profiles', () => {
  it('16-bit colour is converted as 8-bit colour is, in saturated colours too', async () => {
    const icc = await p3();
    const narrow = withProfile(await png(Uint8Array.from(SATURATED), 3, 'srgb'), icc);
    const deep = withProfile(
      await png(
        Uint16Array.from(SATURATED, (v) => v * 257),
        3,
        'rgb16',
      ),
      icc,
    );
    expectClose(await levels(deep), await levels(narrow), ONE_LEVEL);
  });

  it('16-bit grey is converted as 8-bit grey is, with alpha and without', async () => {
    const grey = [3, 40, 100, 180, 255];
    const icc = greyProfile(1);
    const narrow = await levels(withProfile(await png(Uint8Array.from(grey), 1, 'b-w'), icc));
    const deep = withProfile(
      await png(
        Uint16Array.from(grey, (v) => v * 257),
        1,
        'grey16',
      ),
      icc,
    );
    expect(at(narrow, 3 * 2)).toBeGreaterThan(150); // linear light of 100 / 255
    expectClose(await levels(deep), narrow, ONE_LEVEL);
    const opaque = Uint16Array.from(grey.flatMap((v) => [v * 257, 65535]));
    expectClose(await levels(withProfile(await png(opaque, 2, 'grey16'), icc)), narrow, ONE_LEVEL);
  });

  it('a profile for other channels than those of the image is ignored', async () => {
    const deep = await png(
      Uint16Array.from(SATURATED, (v) => v * 257),
      3,
      'rgb16',
    );
    expectClose(await levels(withProfile(deep, greyProfile(1))), SATURATED, 1e-4);
  });

  it.each([8, 16])('ignoreProfile takes the stored values, %i bits', async (bits) => {
    const values =
      bits === 8 ? Uint8Array.from(SATURATED) : Uint16Array.from(SATURATED, (value) => value * 257);
    const file = withProfile(await png(values, 3, bits === 8 ? 'srgb' : 'rgb16'), await p3());
    expectClose(await levels(file, { ignoreProfile: true }), SATURATED, 1e-4);
  });
});

describe('a damaged profile that calls itself RGB', () => {
  const damages: [string, (icc: Buffer) => Buffer][] = [
    ['ends within its tags', (icc) => icc.subarray(0, icc.length >> 1)],
    ['has no tags', (icc) => Buffer.concat([icc.subarray(0, 128), Buffer.alloc(icc.length - 128)])],
    ['has no signature', (icc) => Buffer.from(icc).fill('x', 36, 40)],
  ];
  it.each(damages)('%s: the stored values are taken, with 8 bits and with 16', async (_, hurt) => {
    const icc = hurt(Buffer.from(await p3()));
    const deep = Uint16Array.from(SATURATED, (value) => value * 257);
    const narrow = await png(Uint8Array.from(SATURATED), 3, 'srgb');
    expectClose(await levels(withProfile(narrow, icc)), SATURATED, 1e-4);
    expectClose(await levels(withProfile(await png(deep, 3, 'rgb16'), icc)), SATURATED, 1e-4);
  });

  const rgbTiff = (icc: Uint8Array) =>
    tiff(Uint8Array.from(SATURATED), { ...ROW, channels: 3 }, [[ICC_PROFILE, icc]]);
  const rgbJpeg = async (icc?: Uint8Array) => {
    const raw = { ...ROW, channels: 3 } as const;
    const jpeg = await sharp(Uint8Array.from(SATURATED), { raw }).jpeg().toBuffer();
    return icc === undefined ? jpeg : jpegWithProfile(jpeg, icc);
  };

  it('would change the colours of a TIFF and of a JPEG if it were whole', async () => {
    const [icc, stored] = [await p3(), await levels(await rgbJpeg())];
    const changes = async (file: Buffer, before: readonly number[]) => {
      const found = await levels(file);
      return Math.max(...found.map((value, i) => Math.abs(value - at(before, i))));
    };
    expect(await changes(rgbTiff(icc), SATURATED)).toBeGreaterThan(10);
    expect(await changes(await rgbJpeg(icc), stored)).toBeGreaterThan(10);
  });

  it.each(damages)('%s: the stored values of a TIFF and of a JPEG are taken', async (_, hurt) => {
    const icc = hurt(Buffer.from(await p3()));
    expectClose(await levels(rgbTiff(icc)), SATURATED, 1e-4);
    expectClose(await levels(await rgbJpeg(icc)), await levels(await rgbJpeg()), 1e-4);
  });
});

describe('AVIF', () => {
  it.each([
    [9, 16, 'BT.2020 with PQ'],
    [12, 13, 'Display P3'],
    [1, 18, 'BT.709 with HLG'],
    [1, 13, undefined],
    [2, 2, undefined],
  ])(
    'without a profile, of primaries %i and transfer function %i: refused as %s',
    async (primaries, transfer, colours) => {
      const file = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#c86432' } })
        .avif({ lossless: true, chromaSubsampling: '4:4:4' })
        .toBuffer();
      const box = file.indexOf('colrnclx');
      file.writeUInt16BE(primaries, box + 8);
      file.writeUInt16BE(transfer, box + 10);
      expectClose((await levels(file, { ignoreProfile: true })).slice(0, 3), [200, 100, 50], 1e-4);
      if (colours === undefined) expectClose((await levels(file)).slice(0, 3), [200, 100, 50], 1e-4);
      else
        expect(await refusal(file)).toContain(
          `got an AVIF in the colours of ${colours}. Convert it to sRGB first`,
        );
    },
  );

  it.each([10, 12] as const)('of %i bits has white and black where 8 bits have them', async (bitdepth) => {
    const values = new Uint16Array(64 * 64 * 3).fill(65535, 0, 32 * 64 * 3);
    const file = await sharp(values, { raw: { width: 64, height: 64, channels: 3 } })
      .toColourspace('rgb16')
      .avif({ bitdepth, lossless: true, chromaSubsampling: '4:4:4' })
      .toBuffer();
    const found = await levels(file);
    expect((await sharp(file).metadata()).bitsPerSample).toBe(bitdepth);
    expectClose(
      [at(found, 0), at(found, 1), at(found, 2), at(found, found.length - 1)],
      [255, 255, 255, 0],
      1e-4,
    );
  });
});

describe('damaged files', () => {
  const noise = Uint8Array.from({ length: 96 * 64 * 3 }, (_, i) => (i * 7919 + ((i * i) >> 3)) & 255);
  const picture = () => sharp(noise, { raw: { width: 96, height: 64, channels: 3 } });

  it('an Ultra HDR JPEG is read like the JPEG without its gain map, and refused where it is damaged', async () => {
    const plain = await picture().jpeg({ quality: 90, chromaSubsampling: '4:4:4' }).toBuffer();
    const gainMap = await sharp(noise.subarray(0, 24 * 16), { raw: { width: 24, height: 16, channels: 1 } })
      .toColourspace('b-w')
      .jpeg()
      .toBuffer();
    const file = ultraHdr(plain, gainMap);
    expect((await sharp(file).metadata()).gainMap).toBeDefined();
    expect(await levels(file)).toEqual(await levels(plain));
    const hurt = Buffer.from(file);
    hurt.fill(0xff, plain.length - 2000, plain.length - 1000);
    expect(await refusal(hurt)).toContain('got a damaged or incomplete file');
  });

  it.each(['gif', 'png', 'jpeg'] as const)('a %s whose second half is zeros is refused', async (format) => {
    const file = await picture().toFormat(format).toBuffer();
    file.fill(0, file.length >> 1);
    expect(await refusal(file)).toContain('got a damaged or incomplete file');
  });
});

describe('EXIF behind the pixels of a PNG', () => {
  it('turns the image as EXIF before them does', async () => {
    const stored = await png(Uint8Array.from(SATURATED), 3, 'srgb');
    const exif = Buffer.from('II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0', 'latin1');
    const early = Buffer.concat([stored.subarray(0, 33), chunk('eXIf', exif), stored.subarray(33)]);
    const late = Buffer.concat([stored.subarray(0, -12), chunk('eXIf', exif), stored.subarray(-12)]);
    expect(await inspectImage(early)).toEqual({ width: 1, height: 8 });
    expect(await inspectImage(late)).toEqual({ width: 1, height: 8 });
    expect(await levels(late)).toEqual(await levels(early));
  });
});

describe('channels of a TIFF', () => {
  const pixels = (channels: number) =>
    Uint8Array.from({ length: 8 * channels }, (_, i) => (i * 53 + 20) % 256);
  const layout = (channels: number) => ({ ...ROW, channels });

  it('a fourth one that is not said to be alpha does not cover the colours', async () => {
    const colours = Array.from(pixels(4)).filter((_, i) => i % 4 !== 3);
    const unspecified = tiff(pixels(4), layout(4), [[338, 0]]);
    expectClose(await levels(unspecified), colours, 1e-4);
    const alpha = tiff(pixels(4), layout(4), [[338, 2]]);
    expect(await levels(alpha)).not.toEqual(await levels(unspecified));
  });

  it('premultiplied alpha is divided out', async () => {
    const rows = (pixel: number[]) => Uint8Array.from(Array(8).fill(pixel).flat());
    const straight = await levels(tiff(rows([200, 100, 50, 128]), layout(4), [[338, 2]]));
    const premultiplied = await levels(tiff(rows([100, 50, 25, 128]), layout(4), [[338, 1]]));
    expectClose(premultiplied, straight, ONE_LEVEL);
  });

  it('a second one of grey that is not said to be alpha does not cover it', async () => {
    const grey = Array.from(pixels(2)).flatMap((value, i) => (i % 2 === 0 ? [value, value, value] : []));
    expectClose(
      await levels(
        tiff(pixels(2), layout(2), [
          [262, 1],
          [338, 0],
        ]),
      ),
      grey,
      1e-4,
    );
  });

  const refused: [string, number, Tag[], string][] = [
    [
      'five channels',
      5,
      [[338, 0, 0]],
      'a TIFF of 5 channels, of which 3 are colours. Keep its colours and alpha alone.',
    ],
    [
      'four of grey',
      4,
      [
        [262, 1],
        [338, 0, 0, 0],
      ],
      'a TIFF of 4 channels, of which 1 is grey. Keep its colours and alpha alone.',
    ],
    ['Lab', 3, [[262, 8]], 'a TIFF in Lab colours. Convert it to sRGB first.'],
  ];
  it.each(refused)('%s: refused by name', async (_, channels, tags, got) => {
    expect(await refusal(tiff(pixels(channels), layout(channels), tags))).toBe(
      `readImage: expected ${FORMATS} for the buffer, got ${got}`,
    );
  });

  const NIKON = [...Buffer.from('NIKON CORPORATION\0')];
  const SONY = [...Buffer.from('SONY\0')];
  const raw: [string, Tag[]][] = [
    [
      'DNG',
      [
        [254, 1],
        [330, 8],
        [50706, 1, 4, 0, 0],
      ],
    ],
    [
      'NEF',
      [
        [254, 1],
        [271, ...NIKON],
        [330, 8, 8],
      ],
    ],
    [
      'ARW',
      [
        [254, 1],
        [271, ...SONY],
        [330, 8],
      ],
    ],
  ];
  it.each(raw)('%s: the thumbnail is not taken for the picture', async (format, tags) => {
    expect(await refusal(tiff(pixels(3), layout(3), tags))).toBe(
      `readImage: expected ${FORMATS} for the buffer, got a camera's raw file (${format}). Develop it to PNG, TIFF or JPEG first.`,
    );
  });

  it('CR2, which is marked in its header', async () => {
    const file = tiff(Uint8Array.from([0x43, 0x52, 2, 0, ...pixels(3)]), layout(3), [
      [279, 24],
      [273, 12],
    ]);
    expect(await refusal(file)).toContain("a camera's raw file (CR2)");
  });
});

describe('a large PNG', () => {
  /** Without pixels: what it is refused for stands in its header. */
  function header(width: number, height: number, depth: 8 | 16, colours: 'rgb' | 'rgba'): Buffer {
    const ihdr = Buffer.alloc(13);
    ihdr.writeUInt32BE(width, 0);
    ihdr.writeUInt32BE(height, 4);
    ihdr.writeUInt8(depth, 8);
    ihdr.writeUInt8(colours === 'rgb' ? 2 : 6, 9);
    const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
    return Buffer.concat([signature, chunk('IHDR', ihdr), chunk('IDAT', Buffer.alloc(0))]);
  }
  const refusalOfTiles = (file: Buffer, options: ReadImageOptions = {}) =>
    openTiles(file, options).then(
      () => 'no error',
      (error: unknown) =>
        error instanceof LpipsError ? error.message : `not an LpipsError: ${String(error)}`,
    );

  it.each([
    ['rgb', 27_000, 26_600, 6],
    ['rgba', 32_768, 16_385, 8],
  ] as const)(
    'of 16 bits is refused where its pixels take more than a Buffer holds: %s',
    async (colours, width, height, bytes) => {
      expect(await refusalOfTiles(header(width, height, 16, colours))).toBe(
        `readImage: expected at most 4 GiB of pixels for the buffer, got ${width} x ${height} pixels of ${bytes} bytes. ` +
          'Convert it to 8 bits or scale it down first.',
      );
    },
  );

  it('of less than that is damaged where its pixels are missing', async () => {
    expect(await refusalOfTiles(header(32_768, 32_768, 8, 'rgba'))).toContain('a damaged or incomplete file');
    expect(await refusalOfTiles(header(32_768, 16_384, 16, 'rgba'))).toContain(
      'a damaged or incomplete file',
    );
  });

  it('is refused by the size to which it is scaled, of other formats too', async () => {
    const size = { width: 40_000, height: 40_000 };
    const expected =
      'readImage: expected at most 4 GiB of pixels for the buffer, got 40000 x 40000 pixels of 3 bytes. Scale it down or crop it first.';
    for (const file of [header(8, 8, 8, 'rgb'), Buffer.from('P6 1 1 255\n\0\0\0', 'latin1')]) {
      expect(await refusalOfTiles(file, { size, maxPixels: 2 ** 32 })).toBe(expected);
    }
  });

  it('has a message of one sentence where the decoder refuses its header', async () => {
    expect(await refusalOfTiles(header(2 ** 30, 1, 8, 'rgb'))).toBe(
      `readImage: expected ${FORMATS} for the buffer, got a damaged or incomplete file (Input buffer has corrupt header).`,
    );
  });
});
