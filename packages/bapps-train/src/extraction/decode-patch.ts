/**
 * @module
 * Decodes the images of a data set into the values that the network takes. pngjs decodes a PNG of 64x64 several times
 * faster than sharp, which spends longer on starting than on so small an image. As in the official loader, transparency
 * is dropped, colour profiles are ignored, and an image of another size is scaled (bilinear with antialiasing).
 *
 * This file imports nothing of TensorFlow.js, which would take a thread longer to load than its first images.
 */
import { inflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { NoRegularFile, readRegularFileSync } from '../files/regular-file.js';
import { byteAt, float32At } from '../typed-reads.js';

const CHANNELS = 3;
/** The side of the largest image. A PNG of a few bytes may claim any size, and pngjs allocates what it claims. */
const MOST_SIDE = 4096;
/** A larger file is no such image. */
export const MOST_IMAGE_BYTES = 2 ** 26;
/** Where a PNG states width and height, as 32 bits each, big-endian. */
const SIZE_AT = 16;
/** Where it states the bits of a channel, the kind of its colours, and whether it is interlaced; and where that ends. */
const [DEPTH_AT, COLOURS_AT, INTERLACE_AT, HEADER_BYTES] = [24, 25, 28, 33];
/** The channels of each kind of colours: grey, RGB, palette, grey with alpha, RGB with alpha. */
const CHANNELS_OF: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
]);
/** An interlaced image has seven passes, each with a byte more in every row and up to one more for its last bits. */
const PASSES = 8;
/** The value in [-1, 1] of each level. */
const UNIT = Float32Array.from({ length: 256 }, (_, level) => level / 127.5 - 1);

/** A fault of an image file, in the parts of an error message: a thread cannot pass on an error of its own class. */
export class PatchFault extends Error {
  constructor(
    readonly path: string,
    readonly requirement: string,
    readonly got: string,
    readonly advice = '',
  ) {
    super(`${path}: ${got}`);
  }
}

/**
 * Reads the images of a batch of items, in order.
 *
 * @param paths all first images of the items, then all second ones, then all third ones
 * @param items number of items; the images of an item have the same size
 * @param size height and width that images have, or are scaled to
 * @param into float32 `[paths, size, size, 3]`: rows of RGB in [-1, 1] (`value / 127.5 - 1`)
 * @throws PatchFault if a file is missing, damaged, not a PNG, not square, larger than 4096x4096, or differs in size from its
 *   partners
 */
export async function decodePatches(
  paths: readonly string[],
  items: number,
  size: number,
  into: Float32Array,
): Promise<void> {
  const each = size * size * CHANNELS;
  const sides: number[] = []; // those of the first images
  for (const [index, path] of paths.entries()) {
    const side = await decodePatch(path, size, into.subarray(index * each, (index + 1) * each));
    if (index < items) sides.push(side);
    const first = sides[index % items];
    if (side === first) continue;
    const requirement = `${first}x${first} pixels, as ${paths[index % items]} has,`;
    throw new PatchFault(path, requirement, `${side}x${side}`, 'Scale both alike.');
  }
}

/** @returns the side of the image in its file */
async function decodePatch(path: string, size: number, into: Float32Array): Promise<number> {
  const { width, height, data } = decode(readBytes(path), path);
  if (width !== height) {
    throw new PatchFault(path, 'a square image', `${width}x${height}`, 'Crop it, and its partners alike.');
  }
  if (width === size) {
    fill(into, data, CHANNELS + 1);
    return width;
  }
  const { default: sharp } = await import('sharp'); // most data sets do not need it
  const scaled = await sharp(data, { raw: { width, height, channels: 4 } })
    .removeAlpha()
    .resize({ width: size, height: size, fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer();
  fill(into, scaled, CHANNELS);
  return width;
}

/** Reads synchronously: a thread does nothing else, and a promise for each small file costs more than the read. */
function readBytes(path: string): Buffer {
  try {
    return readRegularFileSync(path, MOST_IMAGE_BYTES);
  } catch (error) {
    if (error instanceof NoRegularFile) throw new PatchFault(path, 'an image file', error.got);
    const got = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new PatchFault(path, 'an image that can be read', got);
  }
}

/** Converts the first three levels of each pixel. */
function fill(into: Float32Array, levels: Uint8Array, step: number): void {
  const [levelAt, valueAt] = [byteAt, float32At];
  for (let from = 0, to = 0; to < into.length; from += step) {
    for (let c = 0; c < CHANNELS; c++, to++) into[to] = valueAt(UNIT, levelAt(levels, from + c));
  }
}

function decode(bytes: Buffer, path: string): PNG {
  if (bytes.length >= HEADER_BYTES && bytes.toString('latin1', 1, 4) === 'PNG') {
    const [width, height] = [bytes.readUInt32BE(SIZE_AT), bytes.readUInt32BE(SIZE_AT + 4)];
    if (Math.max(width, height) > MOST_SIDE) {
      const requirement = `an image of at most ${MOST_SIDE}x${MOST_SIDE}`;
      throw new PatchFault(path, requirement, `${width}x${height}`, 'Scale it, and its partners alike.');
    }
  }
  try {
    checkPixelCount(bytes);
    return PNG.sync.read(bytes);
  } catch {
    const got = bytes.length === 0 ? 'an empty file' : 'a damaged, truncated or other file';
    throw new PatchFault(path, 'a PNG image', got, 'Copy it again, or make it again.');
  }
}

/**
 * Checks that there are as many pixels as the header states. pngjs takes those that are missing from memory that it did not
 * write, and inflates an interlaced image without any limit. It counts the rows of an interlaced image itself.
 *
 * @throws Error if there are fewer or more, or they are damaged
 */
function checkPixelCount(bytes: Buffer): void {
  const [width, height] = [bytes.readUInt32BE(SIZE_AT), bytes.readUInt32BE(SIZE_AT + 4)];
  const bits = (CHANNELS_OF.get(bytes.readUInt8(COLOURS_AT)) ?? 0) * bytes.readUInt8(DEPTH_AT);
  const rowBytes = 1 + Math.ceil((width * bits) / 8);
  const isInterlaced = bytes.readUInt8(INTERLACE_AT) !== 0;
  const most = isInterlaced ? (rowBytes + 2 * PASSES) * (height + PASSES) : rowBytes * height;
  const found = inflateSync(pixelData(bytes), { maxOutputLength: most });
  if (!isInterlaced && found.length < most) throw new Error('fewer pixels');
}

/** The compressed pixels of a PNG: the content of its IDAT chunks, each of which has length, type, content and checksum. */
function pixelData(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let start = 8; start + 12 <= bytes.length; ) {
    const end = start + 8 + bytes.readUInt32BE(start);
    if (bytes.toString('latin1', start + 4, start + 8) === 'IDAT') parts.push(bytes.subarray(start + 8, end));
    start = end + 4;
  }
  return Buffer.concat(parts);
}
