/**
 * @module
 * Image files as tensors. Colour is converted to sRGB (embedded profiles and CMYK included), greyscale is repeated to
 * three channels, EXIF orientation is applied, transparency is composited on a stated colour, and 16-bit files keep
 * their precision. Compositing is done by lpips-core, since libvips truncates it to whole levels. Decoders are in
 * open-image.ts.
 */
import { getBackend, type Tensor4D } from '@tensorflow/tfjs-core';
import {
  cannot,
  checkFlag,
  checkNumber,
  checkOptions,
  checkPixelCount,
  checkTargetSize,
  checkText,
  DEFAULT_BACKGROUND,
  DEFAULT_MAX_PIXELS,
  type ImageSize,
  parseColour,
} from 'lpips-core';
import { type ImageSource, readImageBytes, sourceName } from './image-source.js';
import { type OpenImage, openImage } from './open-image.js';
import { ImageTiles, MOST_TILED_PIXELS } from './open-tiles.js';

/** How an image file becomes a tensor. */
export interface ReadImageOptions {
  /** Colour under transparent pixels, `#rrggbb`; default white. */
  readonly background?: string;
  /**
   * Takes RGB and grey values as they are stored, whatever profile is embedded, as the official loader does; default false.
   * CMYK is converted in either case.
   */
  readonly ignoreProfile?: boolean;
  /** Largest number of pixels that is decoded; default 100 million. */
  readonly maxPixels?: number;
  /** What messages call the image; default its path, or "the buffer". */
  readonly name?: string;
  /** Scales to exactly this size with a Lanczos kernel of three lobes (`lanczos3`), in 8 or 16 bits as the file has. */
  readonly size?: ImageSize;
}

const READ_OPTIONS = [
  'background',
  'ignoreProfile',
  'maxPixels',
  'name',
  'size',
] as const satisfies (keyof ReadImageOptions)[];

/**
 * Reads the header of an image, and does not decode it.
 *
 * @param source path or bytes of a PNG, JPEG, WebP, AVIF, TIFF, GIF, BMP or PPM file
 * @returns its size as it is shown, after EXIF orientation
 * @throws LpipsError where it is no readable image or has too many pixels
 */
export async function inspectImage(
  source: ImageSource,
  options: Pick<ReadImageOptions, 'maxPixels' | 'name'> = {},
): Promise<ImageSize> {
  checkOptions('inspectImage', options, ['maxPixels', 'name']);
  const { maxPixels = DEFAULT_MAX_PIXELS, name = sourceName(source) } = options;
  checkText('inspectImage', 'name', name);
  checkNumber('inspectImage', 'maxPixels', maxPixels);
  const { size } = await openWithin(source, name, maxPixels);
  return size;
}

/**
 * Reads an image, ready for `Lpips.distance`.
 *
 * @param source path or bytes of a PNG, JPEG, WebP, AVIF, TIFF, GIF, BMP or PPM file
 * @returns float32 `[1, height, width, 3]`, sRGB, in [-1, 1] (`value / 127.5 - 1`; 16 bits: `value / 65535 * 2 - 1`),
 *   on the current backend; the caller disposes
 * @throws LpipsError where the file is missing, unreadable, damaged, truncated, no image or too large
 */
export async function readImage(source: ImageSource, options: ReadImageOptions = {}): Promise<Tensor4D> {
  const where = 'readImage';
  checkOptions(where, options, READ_OPTIONS);
  if (getBackend() === undefined) {
    const advice = "Call selectBackend('auto') first.";
    throw cannot(where, 'make a tensor', 'TensorFlow.js has no backend', advice);
  }
  const tiles = await decodeImage(where, source, options, DEFAULT_MAX_PIXELS);
  return tiles.read({ start: 0, end: tiles.height }, { start: 0, end: tiles.width });
}

/**
 * Decodes an image that may be too large for a tensor, ready for `Lpips.compareSources`. While it is in use, it takes 3 bytes
 * for each pixel, 4 where there is transparency, and twice as many of 16-bit files.
 *
 * @param source path or bytes of a PNG, JPEG, WebP, AVIF, TIFF, GIF, BMP or PPM file
 * @param options `maxPixels` is 1,073,741,824 (32768 x 32768) by default
 * @returns the image, which gives rectangles as `readImage` gives the whole
 * @throws LpipsError as `readImage`
 */
export async function openTiles(source: ImageSource, options: ReadImageOptions = {}): Promise<ImageTiles> {
  checkOptions('openTiles', options, READ_OPTIONS);
  return await decodeImage('openTiles', source, options, MOST_TILED_PIXELS);
}

async function decodeImage(
  where: string,
  source: ImageSource,
  options: ReadImageOptions,
  most: number,
): Promise<ImageTiles> {
  const { background = DEFAULT_BACKGROUND, maxPixels = most, size } = options;
  const { name = sourceName(source), ignoreProfile = false } = options;
  checkText(where, 'name', name);
  checkFlag(where, 'ignoreProfile', ignoreProfile);
  checkNumber(where, 'maxPixels', maxPixels);
  const backgroundColour = parseColour(where, background);
  if (size !== undefined) checkTargetSize(where, size, maxPixels);
  const image = await openWithin(source, name, maxPixels);
  const pixels = await image.decode({ size, ignoreProfile });
  return new ImageTiles(pixels, size ?? image.size, backgroundColour);
}

async function openWithin(source: ImageSource, name: string, maxPixels: number): Promise<OpenImage> {
  const image = await openImage(await readImageBytes(source, name), name);
  checkPixelCount('readImage', name, image.size, maxPixels);
  return image;
}
