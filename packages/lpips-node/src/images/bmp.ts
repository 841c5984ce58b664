/**
 * @module
 * Windows bitmaps (BMP) of 1 to 32 bits for each pixel, without compression. Source: the structures BITMAPFILEHEADER,
 * BITMAPCOREHEADER and BITMAPINFOHEADER to BITMAPV5HEADER of Windows. A profile in the header is ignored. The fourth byte of
 * a pixel of 32 bits is alpha only where the header has a mask for it.
 */
import { at, type DecodedPixels } from 'lpips-core';
import { damaged, refusedImage } from './formats.js';
import type { UncompressedImage } from './uncompressed-image.js';

/** Sizes of the headers: that of OS/2, and those of Windows, each an extension of the one before. */
const HEADER_SIZES: ReadonlySet<number> = new Set([12, 40, 52, 56, 108, 124]);
const CORE_HEADER = 12;
/** Values of the field `compression`. */
const PLAIN = 0;
const BIT_FIELDS: ReadonlySet<number> = new Set([3, 6]);
const DEPTHS: ReadonlySet<number> = new Set([1, 4, 8, 16, 24, 32]);
/** Masks of red, green, blue and alpha where the header has none. */
const MASKS_OF_16 = [0x7c00, 0x03e0, 0x001f, 0] as const;
const MASKS_OF_32 = [0xff0000, 0x00ff00, 0x0000ff, 0] as const;

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly depth: number;
  readonly pixelsAt: number;
  readonly palette: Uint8Array;
  readonly masks: readonly number[];
}

/**
 * @param name what messages call the image
 * @returns the image, or undefined where it is no BMP
 * @throws LpipsError where its header is damaged or it is compressed
 */
export function openBmp(bytes: Buffer, name: string): UncompressedImage | undefined {
  if (bytes.toString('latin1', 0, 2) !== 'BM') return undefined;
  if (bytes.length < 26 || !HEADER_SIZES.has(bytes.readUInt32LE(14))) return undefined;
  const layout = readLayout(bytes, name);
  const { width, height } = layout;
  return { size: { width, height }, decode: () => decode(bytes, layout, name) };
}

function readLayout(bytes: Buffer, name: string): Layout {
  const pixelsAt = bytes.readUInt32LE(10);
  const headerSize = bytes.readUInt32LE(14);
  const isCore = headerSize === CORE_HEADER;
  if (bytes.length < 14 + headerSize) throw refusedImage(name, damaged('the header ends early'));
  const width = isCore ? bytes.readUInt16LE(18) : bytes.readInt32LE(18);
  const signedHeight = isCore ? bytes.readUInt16LE(20) : bytes.readInt32LE(22);
  const depth = bytes.readUInt16LE(isCore ? 24 : 28);
  const compression = isCore ? PLAIN : bytes.readUInt32LE(30);
  const hasFields = BIT_FIELDS.has(compression);
  if (width < 1 || signedHeight === 0) throw refusedImage(name, damaged('the header states no size'));
  if (!DEPTHS.has(depth)) throw refusedImage(name, damaged(`the header states ${depth} bits for each pixel`));
  if (compression !== PLAIN && !(hasFields && depth >= 16)) {
    throw refusedImage(name, 'a BMP with compressed pixels', 'Convert it to PNG first.');
  }
  const paletteAt = 14 + headerSize + (headerSize === 40 && hasFields ? 12 : 0);
  if (hasFields && bytes.length < 66) throw refusedImage(name, damaged('the header ends early'));
  return {
    width,
    height: Math.abs(signedHeight),
    topDown: signedHeight < 0,
    depth,
    pixelsAt,
    palette: depth <= 8 ? readPalette(bytes, paletteAt, isCore ? 3 : 4, pixelsAt) : new Uint8Array(),
    masks: hasFields ? readMasks(bytes, headerSize) : depth === 16 ? MASKS_OF_16 : MASKS_OF_32,
  };
}

/** Colours in the order blue, green, red become red, green, blue. */
function readPalette(bytes: Buffer, from: number, stride: number, end: number): Uint8Array {
  const colours = Math.max(0, Math.floor((Math.min(end, bytes.length) - from) / stride));
  return Uint8Array.from({ length: 3 * colours }, (_, index) =>
    bytes.readUInt8(from + Math.floor(index / 3) * stride + 2 - (index % 3)),
  );
}

function readMasks(bytes: Buffer, headerSize: number): number[] {
  const alpha = headerSize >= 56 ? bytes.readUInt32LE(66) : 0;
  return [54, 58, 62].map((offset) => bytes.readUInt32LE(offset)).concat(alpha);
}

function decode(bytes: Buffer, layout: Layout, name: string): DecodedPixels {
  const { width, height, topDown, depth, pixelsAt } = layout;
  const stride = Math.ceil((width * depth) / 32) * 4;
  const end = pixelsAt + stride * (height - 1) + Math.ceil((width * depth) / 8);
  if (end > bytes.length) throw refusedImage(name, damaged(`${bytes.length} of ${end} bytes`));
  const readPixel = pixelReader(bytes, layout, name);
  const channels = layout.masks[3] === 0 || depth <= 8 ? 3 : 4;
  const values = new Uint8Array(width * height * channels);
  for (let y = 0, to = 0; y < height; y++) {
    const row = pixelsAt + stride * (topDown ? y : height - 1 - y);
    for (let x = 0; x < width; x++, to += channels) readPixel(row, x, values, to);
  }
  return { values, channels, white: 255 };
}

type PixelReader = (row: number, x: number, values: Uint8Array, to: number) => void;

function pixelReader(bytes: Buffer, { depth, palette, masks }: Layout, name: string): PixelReader {
  if (depth === 24) {
    return (row, x, values, to) => {
      for (let channel = 0; channel < 3; channel++) {
        values[to + channel] = bytes.readUInt8(row + 3 * x + 2 - channel);
      }
    };
  }
  if (depth <= 8) {
    return (row, x, values, to) => {
      const bit = x * depth;
      const index = (bytes.readUInt8(row + (bit >> 3)) >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
      if (3 * index >= palette.length) throw refusedImage(name, damaged(`no colour ${index} in its palette`));
      values.set(palette.subarray(3 * index, 3 * index + 3), to);
    };
  }
  const fields = masks.map((mask) => ({ mask, shift: mask === 0 ? 0 : 31 - Math.clz32(mask & -mask) }));
  const used = at(masks, 3) === 0 ? fields.slice(0, 3) : fields;
  return (row, x, values, to) => {
    const pixel = depth === 16 ? bytes.readUInt16LE(row + 2 * x) : bytes.readUInt32LE(row + 4 * x);
    for (const [channel, { mask, shift }] of used.entries()) {
      const most = mask >>> shift;
      values[to + channel] = most === 0 ? 0 : Math.round((((pixel & mask) >>> shift) * 255) / most);
    }
  };
}
