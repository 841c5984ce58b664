/**
 * @module
 * Decodes PNGs with pngjs, which takes a fraction of sharp's time for 64x64 pixels: sharp spends longer on starting than on so
 * small an image. Transparency is dropped and profiles are ignored, as in the official loader.
 */
import { inflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { checkSides, noSuchImage, type StoredPatch } from './stored-patch.js';

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

/** Whether bytes begin as those of a PNG do. */
export function isPng(bytes: Buffer): boolean {
  return bytes.toString('latin1', 1, 4) === 'PNG';
}

/** @throws PatchFault if it is damaged or larger than 4096x4096 */
export function decodePng(bytes: Buffer, path: string): StoredPatch {
  if (bytes.length >= HEADER_BYTES) {
    const [width, height] = [bytes.readUInt32BE(SIZE_AT), bytes.readUInt32BE(SIZE_AT + 4)];
    checkSides(path, { width, height });
  }
  try {
    checkPixelCount(bytes);
    const { width, height, data } = PNG.sync.read(bytes);
    return { width, height, channels: 4, levels: data };
  } catch {
    throw noSuchImage(path, 'a PNG image', bytes);
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
