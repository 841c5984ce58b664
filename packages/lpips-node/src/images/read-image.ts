/**
 * @module
 * Image files as tensors. Colour is converted to sRGB (embedded profiles and CMYK included), greyscale is repeated to
 * three channels, EXIF orientation is applied, transparency is composited on a stated colour, and 16-bit files keep
 * their precision. Compositing is done by lpips-core, since libvips truncates it to whole levels. Decoders are in
 * open-image.ts.
 */
import { getBackend, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
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
  toUnitRange,
} from 'lpips-core';
import { type ImageSource, readImageBytes, sourceName } from './image-source.js';
import { type OpenImage, openImage } from './open-image.js';

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
  checkOptions('readImage', options, READ_OPTIONS);
  const { background = DEFAULT_BACKGROUND, maxPixels = DEFAULT_MAX_PIXELS, size } = options;
  const { name = sourceName(source), ignoreProfile = false } = options;
  checkText('readImage', 'name', name);
  checkFlag('readImage', 'ignoreProfile', ignoreProfile);
  checkNumber('readImage', 'maxPixels', maxPixels);
  const backgroundColour = parseColour('readImage', background);
  if (getBackend() === undefined) {
    const advice = "Call selectBackend('auto') first.";
    throw cannot('readImage', 'make a tensor', 'TensorFlow.js has no backend', advice);
  }
  if (size !== undefined) checkTargetSize('readImage', size, maxPixels);
  const image = await openWithin(source, name, maxPixels);
  const { width, height } = size ?? image.size;
  const pixels = await image.decode({ size, ignoreProfile });
  return tensor4d(toUnitRange(pixels, backgroundColour), [1, height, width, 3]);
}

async function openWithin(source: ImageSource, name: string, maxPixels: number): Promise<OpenImage> {
  const image = await openImage(await readImageBytes(source, name), name);
  checkPixelCount('readImage', name, image.size, maxPixels);
  return image;
}
