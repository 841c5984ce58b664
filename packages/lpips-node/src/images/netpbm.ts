/**
 * @module
 * Netpbm images: PBM, PGM and PPM, as text (P1 to P3) and as bytes (P4 to P6), up to 65535 levels. Source: the manual pages
 * of Netpbm. Where a file holds several images, the first is taken.
 */
import { at, type DecodedPixels } from 'lpips-core';
import { damaged, refusedImage } from './formats.js';
import type { UncompressedImage } from './uncompressed-image.js';

/** Headers with their comments are shorter than this. */
const LONGEST_HEADER = 65_536;
const HASH = 0x23;

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** The value of white. For PBM, whose 1 is black, it is 1. */
  readonly most: number;
  readonly isText: boolean;
  readonly isBitmap: boolean;
  readonly pixelsAt: number;
}

/**
 * @param name what messages call the image
 * @returns the image, or undefined where it is none of PBM, PGM and PPM
 * @throws LpipsError where its header is damaged, or it is a PAM or PFM
 */
export function openNetpbm(bytes: Buffer, name: string): UncompressedImage | undefined {
  const magic = /^P([1-7Ff])[\s#]/.exec(bytes.toString('latin1', 0, 3))?.[1];
  if (magic === undefined) return undefined;
  if (!/\d/.test(magic) || magic === '7') {
    const format = magic === '7' ? 'PAM' : 'PFM';
    throw refusedImage(name, `an image in ${format} format`, 'Convert it to PNG or PPM first.');
  }
  const layout = readLayout(bytes, Number(magic), name);
  const { width, height } = layout;
  return { size: { width, height }, decode: () => decode(bytes, layout, name) };
}

function readLayout(bytes: Buffer, magic: number, name: string): Layout {
  const isBitmap = magic === 1 || magic === 4;
  const header = bytes.toString('latin1', 2, LONGEST_HEADER);
  const space = '(?:\\s|#[^\\n\\r]*[\\n\\r])';
  const found = new RegExp(`^${`${space}+(\\d+)`.repeat(isBitmap ? 2 : 3)}\\s`).exec(header);
  if (found === null) throw refusedImage(name, damaged('its header is incomplete'));
  const [width = 0, height = 0, most = 1] = found.slice(1).map(Number);
  if (width < 1 || height < 1) throw refusedImage(name, damaged('the header states no size'));
  if (most < 1 || most > 65535) {
    throw refusedImage(name, damaged(`the header states ${most} as its largest value`));
  }
  const channels = magic === 3 || magic === 6 ? 3 : 1;
  const isText = magic <= 3;
  return { width, height, channels, most, isText, isBitmap, pixelsAt: 2 + found[0].length };
}

function decode(bytes: Buffer, layout: Layout, name: string): DecodedPixels {
  const { width, height, channels, most, isBitmap } = layout;
  const stored = layout.isText
    ? textValues(bytes, layout, name)
    : isBitmap
      ? bitValues(bytes, layout, name)
      : byteValues(bytes, layout, name);
  const white = most === 255 || isBitmap ? 255 : 65535;
  const values = white === 255 ? new Uint8Array(3 * width * height) : new Uint16Array(3 * width * height);
  for (let to = 0; to < values.length; to++) {
    const value = at(stored, channels === 3 ? to : Math.floor(to / 3));
    if (value > most) throw refusedImage(name, damaged(`a value of ${value} where ${most} is the largest`));
    values[to] = Math.round(((isBitmap ? 1 - value : value) * white) / most);
  }
  return { values, channels: 3, white };
}

function byteValues(bytes: Buffer, { width, height, channels, most, pixelsAt }: Layout, name: string) {
  const count = width * height * channels;
  const size = most > 255 ? 2 : 1;
  const end = pixelsAt + count * size;
  if (end > bytes.length) throw refusedImage(name, damaged(`${bytes.length} of ${end} bytes`));
  if (size === 1) return bytes.subarray(pixelsAt, end);
  return Uint16Array.from({ length: count }, (_, index) => bytes.readUInt16BE(pixelsAt + 2 * index));
}

/** Eight pixels in a byte; each row begins with a new one. */
function bitValues(bytes: Buffer, { width, height, pixelsAt }: Layout, name: string): Uint8Array {
  const stride = Math.ceil(width / 8);
  const end = pixelsAt + stride * height;
  if (end > bytes.length) throw refusedImage(name, damaged(`${bytes.length} of ${end} bytes`));
  return Uint8Array.from({ length: width * height }, (_, index) => {
    const x = index % width;
    const byte = bytes.readUInt8(pixelsAt + Math.floor(index / width) * stride + (x >> 3));
    return (byte >> (7 - (x & 7))) & 1;
  });
}

/** Numbers between white space and comments. The digits of a PBM may stand without a space between them. */
function textValues(bytes: Buffer, { width, height, channels, isBitmap, pixelsAt }: Layout, name: string) {
  const count = width * height * channels;
  if (count > bytes.length) throw refusedImage(name, damaged('values are missing'));
  const values = new Uint16Array(count);
  let [found, number] = [0, -1];
  for (let index = pixelsAt; index <= bytes.length && found < count; index++) {
    const byte = bytes[index];
    const digit = byte === undefined ? -1 : byte - 0x30;
    if (digit >= 0 && digit <= 9) {
      number = Math.min(65535, 10 * Math.max(0, number) + digit);
      if (!isBitmap) continue;
    } else if (byte === HASH) {
      while (index < bytes.length && bytes[index] !== 0x0a && bytes[index] !== 0x0d) index++;
    } else if (byte !== undefined && byte > 0x20) {
      throw refusedImage(name, damaged('letters among its values'));
    }
    if (number >= 0) values[found++] = number;
    number = -1;
  }
  if (found < count) throw refusedImage(name, damaged(`${found} of ${count} values`));
  return values;
}
