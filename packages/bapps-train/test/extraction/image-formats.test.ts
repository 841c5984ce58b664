/**
 * @module
 * Patches of every format that the official loader takes, and WebP.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scanTriplets } from 'bapps-train';
import { type Raster, toBytes } from 'lpips-pictures';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { extract } from '../../src/extraction/extract.js';
import { readPatches, readWholePatch } from '../../src/extraction/read-patch.js';
import { png } from '../support/painted-data-set.js';
import { BUILT_THREAD } from '../support/run-bapps.js';
import { judgement, put } from '../support/small-data-set.js';

const SIDE = 24;
const RASTER: Raster = {
  width: SIDE,
  height: SIDE,
  data: Float32Array.from({ length: SIDE * SIDE * 3 }, (_, i) => ((i * 37) % 200) / 255),
};
const LEVELS = Uint8Array.from(toBytes(RASTER));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'formats-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(name: string, bytes: Uint8Array): Promise<string> {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
}

function stored(): Sharp {
  return sharp(LEVELS, { raw: { width: SIDE, height: SIDE, channels: 3 } });
}

/** A PPM of 8 bits. */
function ppm(levels: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`P6\n${SIDE} ${SIDE}\n255\n`), levels]);
}

/** A BMP of 24 bits: rows from the last to the first, blue before red. */
function bmp(levels: Uint8Array): Uint8Array {
  const header = Buffer.alloc(54);
  header.write('BM');
  header.writeUInt32LE(54, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(SIDE, 18);
  header.writeInt32LE(SIDE, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(24, 28);
  const rows = Array.from({ length: SIDE }, (_, y) => levels.slice(3 * SIDE * y, 3 * SIDE * (y + 1)));
  const turned = rows.reverse().map((row) => row.map((_, i) => row[i - (i % 3) + 2 - (i % 3)] ?? 0));
  return Buffer.concat([header, ...turned]);
}

/** The pixels without alpha. */
async function levelsOf(path: string): Promise<number[]> {
  const { levels, channels } = await readWholePatch(path);
  return [...levels].filter((_, i) => i % channels < 3);
}

describe('a patch is read as it is stored', () => {
  it.each([
    ['a.png', () => png(RASTER)],
    ['a.PNG', () => png(RASTER)],
    ['a.ppm', async () => ppm(LEVELS)],
    ['a.bmp', async () => bmp(LEVELS)],
    ['a.webp', () => stored().webp({ lossless: true }).toBuffer()],
  ])('%s', async (name, bytes) => {
    expect(await levelsOf(await written(name, await bytes()))).toEqual([...LEVELS]);
  });

  it('a JPEG, whatever EXIF says of its orientation', async () => {
    const plain = await stored().jpeg({ quality: 95 }).toBuffer();
    const turned = await sharp(plain)
      .keepMetadata()
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100 })
      .toBuffer();
    const expected = [...(await sharp(turned).raw().toBuffer())];
    expect(await levelsOf(await written('turned.jpg', turned))).toEqual(expected);
    expect(await levelsOf(await written('called.png', plain))).toEqual([
      ...(await sharp(plain).raw().toBuffer()),
    ]);
  });

  it('a PPM of 16 bits, by its upper 8', async () => {
    const deep = Buffer.alloc(2 * LEVELS.length);
    for (const [i, level] of LEVELS.entries()) deep.writeUInt16BE(257 * level, 2 * i);
    const bytes = Buffer.concat([Buffer.from(`P6\n${SIDE} ${SIDE}\n65535\n`), deep]);
    expect(await levelsOf(await written('deep.ppm', bytes))).toEqual([...LEVELS]);
  });
});

describe('a file is refused by name', () => {
  it.each([
    [
      'cut.jpg',
      async () => (await stored().jpeg().toBuffer()).subarray(0, 300),
      /^readImage: expected .*cut\.jpg, got a damaged/,
    ],
    [
      'cut.ppm',
      async () => ppm(LEVELS).subarray(0, 500),
      /^readImage: expected .*cut\.ppm, got a damaged .*500 of/,
    ],
    [
      'a.gif',
      () => stored().gif().toBuffer(),
      /^readPatch: expected a PNG, JPEG, WebP, BMP or PPM image for .*a\.gif, got/,
    ],
    ['empty.jpg', async () => new Uint8Array(), /^readPatch: .*empty\.jpg, got an empty file/],
    [
      'large.ppm',
      async () => Buffer.from('P6\n5000 10\n255\n'),
      /^readPatch: expected an image of at most 4096x4096 for .*large\.ppm, got 5000x10/,
    ],
  ])('%s', async (name, bytes, message) => {
    const path = await written(name, await bytes());
    await expect(readPatches([path], 1, SIDE)).rejects.toThrow(message);
  });
});

describe('a data set of several formats', () => {
  const data = () => join(folder, 'data');
  const distortion = '2afc/val/jpeg';

  beforeAll(async () => {
    const jpeg = await stored().jpeg().toBuffer();
    for (const name of ['0', '1']) {
      await put(data(), `${distortion}/ref/${name}.png`, await png(RASTER));
      await put(data(), `${distortion}/p0/${name}.JPG`, jpeg);
      await put(data(), `${distortion}/p1/${name}.bmp`, bmp(LEVELS));
      await put(data(), `${distortion}/judge/${name}.npy`, judgement(0.5));
    }
  });

  it('is listed with the names that its files have', async () => {
    const [found] = await scanTriplets(data(), 'val');
    expect(found?.items.map(({ ref, p0, p1 }) => [ref, p0, p1])).toEqual(
      ['0', '1'].map((name) =>
        [`ref/${name}.png`, `p0/${name}.JPG`, `p1/${name}.bmp`].map((path) => join(data(), distortion, path)),
      ),
    );
  });

  it('may not hold two files of one name', async () => {
    await put(data(), `${distortion}/p0/0.png`, await png(RASTER));
    await expect(scanTriplets(data(), 'val')).rejects.toThrow(
      `scan: expected one file of each name for ${join(data(), distortion, 'p0')}, got 0.JPG and 0.png. Delete one of them.`,
    );
    await rm(join(data(), distortion, 'p0/0.png'));
  });

  it('is extracted, with a note of images that are scaled', async () => {
    const { loadLpips, selectBackend } = await import('lpips-node');
    await selectBackend('cpu');
    const lite = await loadLpips({ net: 'lite', linear: false });
    const sides: number[] = [];
    const options = { decode: BUILT_THREAD, onScaled: (side: number) => sides.push(side) };
    try {
      await extract(lite, data(), join(folder, 'own'), { ...options, size: SIDE });
      expect(sides).toEqual([]);
      await extract(lite, data(), join(folder, 'scaled'), { ...options, size: 32 });
      expect(sides).toEqual([SIDE]);
    } finally {
      lite.dispose();
    }
  });
});
