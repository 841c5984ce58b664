import { LpipsError } from 'lpips-core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../../src/backends/select-backend.js';
import { inspectImage, type ReadImageOptions, readImage } from '../../src/images/read-image.js';

beforeAll(() => selectBackend('wasm'));

async function levels(file: Buffer, options: ReadImageOptions = {}): Promise<number[]> {
  const image = await readImage(file, options);
  const values = await image.data<'float32'>();
  image.dispose();
  return Array.from(values, (value) => Math.round((value + 1) * 127.5 * 1000) / 1000);
}

const refusal = (file: Buffer) =>
  readImage(file).then(
    () => 'no error',
    (error: unknown) => (error instanceof LpipsError ? error.message : `not an LpipsError: ${String(error)}`),
  );

/** 3x2: red, green, blue; then white, grey, black. */
const PIXELS = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 128, 128, 128, 0, 0, 0];

interface Bitmap {
  readonly depth: number;
  /** Rows as they are stored, from the last to the first. */
  readonly rows: readonly (readonly number[])[];
  readonly size?: readonly [number, number];
  readonly compression?: number;
  /** What follows the first 40 bytes of the header: masks, palette. */
  readonly more?: Buffer;
  readonly headerSize?: number;
}

function bmp({
  depth,
  rows,
  size = [3, 2],
  compression = 0,
  more = Buffer.alloc(0),
  headerSize = 40,
}: Bitmap) {
  const header = Buffer.alloc(54);
  header.write('BM', 'latin1');
  header.writeUInt32LE(54 + more.length, 10);
  header.writeUInt32LE(headerSize, 14);
  header.writeInt32LE(size[0], 18);
  header.writeInt32LE(size[1], 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(depth, 28);
  header.writeUInt32LE(compression, 30);
  return Buffer.concat([header, more, Buffer.from(rows.flat())]);
}

function words(...values: number[]): Buffer {
  const buffer = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) buffer.writeUInt32LE(value, 4 * index);
  return buffer;
}

const LOWER = [255, 255, 255, 128, 128, 128, 0, 0, 0];
const UPPER_BGR = [0, 0, 255, 0, 255, 0, 255, 0, 0];
const PAD = [0, 0, 0];

describe('BMP', () => {
  it('of 24 bits, whose rows are padded and stored from the last to the first', async () => {
    const file = bmp({
      depth: 24,
      rows: [
        [...LOWER, ...PAD],
        [...UPPER_BGR, ...PAD],
      ],
    });
    expect(await inspectImage(file)).toEqual({ width: 3, height: 2 });
    expect(await levels(file)).toEqual(PIXELS);
  });

  it('from the first row to the last, where the height is negative', async () => {
    const rows = [
      [...UPPER_BGR, ...PAD],
      [...LOWER, ...PAD],
    ];
    expect(await levels(bmp({ depth: 24, rows, size: [3, -2] }))).toEqual(PIXELS);
  });

  it.each([1, 4, 8])('of %i bits with a palette', async (depth) => {
    const more = words(0xff0000, 0x0080ff);
    const row = depth === 1 ? [0b01100000, 0, 0, 0] : depth === 4 ? [0x01, 0x10, 0, 0] : [0, 1, 1, 0];
    expect(await levels(bmp({ depth, rows: [row], size: [3, 1], more }))).toEqual([
      255, 0, 0, 0, 128, 255, 0, 128, 255,
    ]);
  });

  it('of 16 bits: five for each colour, or those of its masks', async () => {
    const rows = [[0x00, 0x7c, 0xe0, 0x03]];
    expect(await levels(bmp({ depth: 16, rows, size: [2, 1] }))).toEqual([255, 0, 0, 0, 255, 0]);
    const more = words(0xf800, 0x07e0, 0x001f);
    const found = await levels(
      bmp({ depth: 16, rows: [[0x00, 0xf8, 0xe0, 0x07]], size: [2, 1], more, compression: 3 }),
    );
    expect(found).toEqual([255, 0, 0, 0, 255, 0]);
  });

  it('of 32 bits, where the fourth byte is alpha only if the header says so', async () => {
    const rows = [[10, 20, 30, 0]];
    expect(await levels(bmp({ depth: 32, rows, size: [1, 1] }))).toEqual([30, 20, 10]);
    const more = words(0xff0000, 0xff00, 0xff, 0xff000000);
    const translucent = { depth: 32, rows, size: [1, 1], more, headerSize: 56, compression: 3 } as const;
    expect(await levels(bmp(translucent), { background: '#010203' })).toEqual([1, 2, 3]);
  });

  it('is refused where it is compressed, cut off, or without a colour of its palette', async () => {
    expect(await refusal(bmp({ depth: 8, rows: [[0, 0, 0, 0]], compression: 1 }))).toContain(
      'got a BMP with compressed pixels. Convert it to PNG first.',
    );
    expect(await refusal(bmp({ depth: 24, rows: [[1, 2, 3]] }))).toContain(
      'got a damaged or incomplete file (57 of 75 bytes).',
    );
    expect(await refusal(bmp({ depth: 8, rows: [[7, 0, 0, 0]], size: [1, 1] }))).toContain(
      'got a damaged or incomplete file (no colour 7 in its palette).',
    );
  });

  it('is scaled as a PNG of the same pixels is', async () => {
    const noise = Uint8Array.from({ length: 16 * 12 * 3 }, (_, i) => (i * 7919 + ((i * i) >> 3)) & 255);
    const png = await sharp(noise, { raw: { width: 16, height: 12, channels: 3 } })
      .png()
      .toBuffer();
    const ppm = Buffer.concat([Buffer.from('P6 16 12 255\n'), noise]);
    const size = { width: 7, height: 5 };
    expect(await levels(ppm, { size })).toEqual(await levels(png, { size }));
  });
});

describe('Netpbm', () => {
  const files: [string, Buffer, number[]][] = [
    ['P6', Buffer.from('P6\n# comment\n3 2\n255\n'.concat(String.fromCharCode(...PIXELS)), 'latin1'), PIXELS],
    ['P3', Buffer.from(`P3 3 2 255 # comment 9\n${PIXELS.join(' ')}`), PIXELS],
    ['P5', Buffer.from('P5 2 1 255\n\x07\xc8', 'latin1'), [7, 7, 7, 200, 200, 200]],
    ['P5 of 16 bits', Buffer.from('P5 1 1 65535\n\x80\x00', 'latin1'), [127.502, 127.502, 127.502]],
    ['P2 of 16 levels', Buffer.from('P2\n2 1 15\n0 15'), [0, 0, 0, 255, 255, 255]],
    ['P4', Buffer.from('P4 2 1\n\x40', 'latin1'), [255, 255, 255, 0, 0, 0]],
    ['P1', Buffer.from('P1 2 1\n01'), [255, 255, 255, 0, 0, 0]],
  ];
  it.each(files)('%s', async (_, file, expected) => {
    expect(await levels(file)).toEqual(expected);
  });

  const refused: [string, string, string][] = [
    ['a PAM', 'P7\nWIDTH 1\n', 'got an image in PAM format. Convert it to PNG or PPM first.'],
    ['a PFM', 'PF\n1 1\n-1\n', 'got an image in PFM format. Convert it to PNG or PPM first.'],
    ['one cut off', 'P6 3 2 255\nabc', 'got a damaged or incomplete file (14 of 29 bytes).'],
    ['a text cut off', 'P2 3 1 255\n1 2', 'got a damaged or incomplete file (2 of 3 values).'],
    [
      'a value too large',
      'P2 1 1 9\n10',
      'got a damaged or incomplete file (a value of 10 where 9 is the largest).',
    ],
    ['a header cut off', 'P6 3', 'got a damaged or incomplete file (its header is incomplete).'],
    ['no size', 'P6 0 2 255\n', 'got a damaged or incomplete file (the header states no size).'],
  ];
  it.each(refused)('refuses %s', async (_, text, got) => {
    expect(await refusal(Buffer.from(text))).toContain(got);
  });

  it('refuses a claim of more pixels than the limit, before it makes room for them', async () => {
    expect(await refusal(Buffer.from('P6 90000 90000 255\nabc'))).toContain('at most 100,000,000 pixels');
  });
});
