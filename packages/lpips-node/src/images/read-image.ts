/**
 * @module
 * Image files as tensors. Colour is converted to sRGB (embedded profiles and CMYK included), greyscale is repeated to
 * three channels, EXIF orientation is applied, transparency is composited on a stated colour, and 16-bit files keep
 * their precision. Compositing is done by lpips-core, since libvips truncates it to whole levels.
 */
import { getBackend, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import {
  at,
  cannot,
  checkPixelCount,
  checkTargetSize,
  DEFAULT_BACKGROUND,
  DEFAULT_MAX_PIXELS,
  type DecodedPixels,
  type ImageSize,
  invalid,
  parseColour,
  toUnitRange,
} from 'lpips-core';
import sharp, { type Metadata, type SharpOptions } from 'sharp';
import { type ImageSource, readSource, sourceName } from './image-source.js';

/** Formats that are read. Where a file has several pages or frames, the first is taken. */
export const IMAGE_FORMATS = ['PNG', 'JPEG', 'WebP', 'AVIF', 'TIFF', 'GIF'] as const;

const READABLE: ReadonlySet<string> = new Set(['png', 'jpeg', 'webp', 'heif', 'tiff', 'gif']);

/** How an image file becomes a tensor. */
export interface ReadImageOptions {
  /** Colour under transparent pixels, `#rrggbb`; default white. */
  readonly background?: string;
  /** Largest number of pixels that is decoded; default 100 million. */
  readonly maxPixels?: number;
  /** What messages call the image; default its path, or "the buffer". */
  readonly name?: string;
  /** Scales to exactly this size with a Lanczos kernel of three lobes (`lanczos3`), in 8 or 16 bits as the file has. */
  readonly size?: ImageSize;
}

/**
 * Reads the header of an image, and does not decode it.
 *
 * @param source path or bytes of a PNG, JPEG, WebP, AVIF, TIFF or GIF file
 * @returns its size as it is shown, after EXIF orientation
 * @throws LpipsError where it is no readable image or has too many pixels
 */
export async function inspectImage(
  source: ImageSource,
  {
    maxPixels = DEFAULT_MAX_PIXELS,
    name = sourceName(source),
  }: Pick<ReadImageOptions, 'maxPixels' | 'name'> = {},
): Promise<ImageSize> {
  const { size } = await readHeader(await readSource(source, name), name, maxPixels);
  return size;
}

/**
 * Reads an image, ready for `Lpips.distance`.
 *
 * @param source path or bytes of a PNG, JPEG, WebP, AVIF, TIFF or GIF file
 * @returns float32 `[1, height, width, 3]`, sRGB, in [-1, 1] (`value / 127.5 - 1`; 16 bits: `value / 65535 * 2 - 1`),
 *   on the current backend; the caller disposes
 * @throws LpipsError where the file is missing, unreadable, damaged, truncated, no image or too large
 */
export async function readImage(source: ImageSource, options: ReadImageOptions = {}): Promise<Tensor4D> {
  const { background = DEFAULT_BACKGROUND, maxPixels = DEFAULT_MAX_PIXELS, size } = options;
  const { name = sourceName(source) } = options;
  const backgroundColour = parseColour('readImage', background);
  if (getBackend() === undefined) {
    const advice = "Call selectBackend('auto') first.";
    throw cannot('readImage', 'make a tensor', 'TensorFlow.js has no backend', advice);
  }
  if (size !== undefined) checkTargetSize('readImage', size, maxPixels);
  const bytes = await readSource(source, name);
  const header = await readHeader(bytes, name, maxPixels);
  const { width, height } = size ?? header.size;
  const pixels = await decode(bytes, name, header.metadata, size);
  return tensor4d(toUnitRange(pixels, backgroundColour), [1, height, width, 3]);
}

interface Header {
  readonly size: ImageSize;
  readonly metadata: Metadata;
}

async function readHeader(bytes: Buffer, name: string, maxPixels: number): Promise<Header> {
  let metadata: Metadata;
  try {
    metadata = await sharp(bytes, sharpOptions('error')).metadata();
  } catch (error) {
    throw undecodable(name, error);
  }
  // AVIF and HEIC are one format with two compressions, and of HEIC sharp reads the header alone.
  const format = metadata.compression === 'hevc' ? 'heic' : metadata.format;
  if (!READABLE.has(format)) {
    const advice = 'Convert it to PNG or JPEG first.';
    const got = `an image in ${format.toUpperCase()} format`;
    throw invalid('readImage', `a ${formatList()} image`, name, got, advice);
  }
  if (metadata.depth !== 'uchar' && metadata.depth !== 'ushort') {
    const advice = 'Convert it to 8 or 16 bits first.';
    throw invalid('readImage', '8 or 16 bits per channel', name, `values of type ${metadata.depth}`, advice);
  }
  const { width, height } = metadata.autoOrient;
  checkPixelCount('readImage', name, { width, height }, maxPixels);
  return { size: { width, height }, metadata };
}

async function decode(
  bytes: Buffer,
  name: string,
  metadata: Metadata,
  size: ImageSize | undefined,
): Promise<DecodedPixels> {
  // The JPEG decoder only warns of damaged data and goes on with grey. Warnings of others are about harmless chunks.
  const failOn = metadata.format === 'jpeg' ? 'warning' : 'error';
  const deep = metadata.depth === 'ushort';
  let pipeline = sharp(bytes, sharpOptions(failOn)).autoOrient();
  if (size !== undefined) {
    const { width, height } = size;
    pipeline = pipeline.resize({ width, height, fit: 'fill', kernel: 'lanczos3', fastShrinkOnLoad: false });
  }
  pipeline = metadata.hasAlpha ? pipeline.ensureAlpha() : pipeline.removeAlpha();
  pipeline = pipeline.toColourspace(deep ? 'rgb16' : 'srgb');
  if (deep && metadata.hasProfile && metadata.space === 'rgb16') {
    // sharp works on 16-bit images that have a profile in Display P3, and leaves them there unless asked for sRGB.
    pipeline = pipeline.withIccProfile('srgb', { attach: false });
  }
  try {
    const { data, info } = await pipeline
      .raw({ depth: deep ? 'ushort' : 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const channels = info.channels === 4 ? 4 : 3;
    if (!deep) return { values: data, channels, white: 255 };
    return { values: asUint16(data), channels, white: 65535 };
  } catch (error) {
    throw undecodable(name, error);
  }
}

function sharpOptions(failOn: 'error' | 'warning'): SharpOptions {
  return { failOn, limitInputPixels: false, sequentialRead: true };
}

function asUint16(data: Buffer): Uint16Array {
  if (data.byteOffset % 2 === 0) return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  return new Uint16Array(Uint8Array.from(data).buffer);
}

function undecodable(name: string, error: unknown): Error {
  // The last line of several says why; the lines before it say what was tried.
  const message = error instanceof Error ? error.message : String(error);
  const lines = message.trim().split('\n');
  const reason = at(lines, lines.length - 1).trim();
  const got = /unsupported image format/.test(reason)
    ? 'a file of another kind, or one whose header is truncated'
    : `a damaged or incomplete file (${reason})`;
  return invalid('readImage', `a ${formatList()} image`, name, got);
}

function formatList(): string {
  return `${IMAGE_FORMATS.slice(0, -1).join(', ')} or ${IMAGE_FORMATS.at(-1)}`;
}
