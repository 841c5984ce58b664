/**
 * @module
 * Images of a page as tensors, by the rules of `readImage` in lpips-node: colour is converted to sRGB (from embedded
 * profiles and wide-gamut canvases too), EXIF orientation is applied, and transparent pixels are composited on a stated
 * colour in floating point. The browser decodes in 8 bits. A canvas premultiplies alpha, so translucent pixels differ by
 * up to one level from those of `readImage`, except for `ImageData`. Opaque pixels are equal.
 */
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { checkOptions } from '../check-options.js';
import { invalid } from '../errors.js';
import {
  checkPixelCount,
  checkTargetSize,
  DEFAULT_MAX_PIXELS,
  type ImageSize,
} from '../images/image-size.js';
import { DEFAULT_BACKGROUND, parseColour, toUnitRange } from '../images/unit-range.js';
import { backendReady } from './backend-ready.js';
import { decodeBlob } from './decode-blob.js';

/** The kinds of images that a page may have. A `File` is a `Blob`. */
export type BrowserImage =
  | HTMLImageElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | ImageBitmap
  | ImageData
  | VideoFrame
  | Blob;

/** How an image becomes a tensor. */
export interface ImageFromOptions {
  /** Colour under transparent pixels, `#rrggbb`; default white. */
  readonly background?: string;
  /** Largest number of pixels that is accepted; default 100 million. */
  readonly maxPixels?: number;
  /** Scales the image to exactly this size with the high-quality filter of the browser, which differs between browsers. */
  readonly size?: ImageSize;
}

type Drawable = HTMLImageElement | HTMLCanvasElement | OffscreenCanvas | ImageBitmap | VideoFrame;

/** Classes by name. An object of another frame has the same name, but `instanceof` fails for it. */
interface Kinds {
  HTMLImageElement: HTMLImageElement;
  HTMLCanvasElement: HTMLCanvasElement;
  OffscreenCanvas: OffscreenCanvas;
  ImageBitmap: ImageBitmap;
  ImageData: ImageData;
  VideoFrame: VideoFrame;
  Blob: Blob;
  File: Blob;
}

/**
 * An image of a page, ready for `Lpips.distance`. Works in workers too.
 *
 * @param source not changed, and not closed; a video frame or bitmap may be closed afterwards
 * @returns float32 `[1, height, width, 3]`, sRGB, in [-1, 1] (`value / 127.5 - 1`), on the current backend, which it
 *   waits for; the caller disposes
 * @throws LpipsError if the source is none of these, has not loaded, has no pixels or too many, is a damaged file or one
 *   that is not an image, or holds pixels of another site that the page may not read
 */
export async function imageFrom(source: BrowserImage, options: ImageFromOptions = {}): Promise<Tensor4D> {
  checkOptions('imageFrom', options, ['background', 'maxPixels', 'size']);
  const { background = DEFAULT_BACKGROUND, maxPixels = DEFAULT_MAX_PIXELS, size } = options;
  const backgroundColour = parseColour('imageFrom', background);
  if (size !== undefined) checkTargetSize('imageFrom', size, maxPixels);
  const { data, width, height } = await pixelsOf(source, maxPixels, size);
  await backendReady('imageFrom');
  const values = toUnitRange({ values: data, channels: 4, white: 255 }, backgroundColour);
  return tensor4d(values, [1, height, width, 3]);
}

/** The pixels, sRGB, 8 bits, not premultiplied. */
async function pixelsOf(
  source: BrowserImage,
  maxPixels: number,
  size: ImageSize | undefined,
): Promise<ImageData> {
  if (isKind(source, 'Blob') || isKind(source, 'File')) {
    const bitmap = await decodeBlob(source);
    try {
      const name = 'name' in source ? String(source.name) : 'the blob';
      checkPixelCount('imageFrom', name, bitmap, maxPixels);
      return draw(bitmap, size ?? bitmap);
    } finally {
      bitmap.close();
    }
  }
  if (isKind(source, 'ImageData')) {
    checkPixelCount('imageFrom', 'source', source, maxPixels);
    const isAsNeeded = source.colorSpace === 'srgb' && isKind(source.data, 'Uint8ClampedArray');
    if (isAsNeeded && (!size || (size.width === source.width && size.height === source.height)))
      return source;
    const bitmap = await createImageBitmap(source);
    try {
      return draw(bitmap, size ?? source);
    } finally {
      bitmap.close();
    }
  }
  const own = sizeOf(source);
  checkPixelCount('imageFrom', 'source', own, maxPixels);
  return draw(source, size ?? own);
}

function sizeOf(source: Drawable): ImageSize {
  if (isKind(source, 'HTMLImageElement')) {
    const { complete, naturalWidth: width, naturalHeight: height } = source;
    if (!complete) throw refused('one that has not loaded', 'Await image.decode() first.');
    if (width * height === 0)
      throw refused('one without pixels', 'Did it load? image.decode() tells why not.');
    return { width, height };
  }
  if (isKind(source, 'VideoFrame')) {
    const { displayWidth: width, displayHeight: height } = source;
    if (width * height === 0) throw refused('a frame that is closed');
    return { width, height };
  }
  if (
    !isKind(source, 'HTMLCanvasElement') &&
    !isKind(source, 'OffscreenCanvas') &&
    !isKind(source, 'ImageBitmap')
  ) {
    const got = tagOf(source);
    const advice = 'A video is taken frame by frame: new VideoFrame(video).';
    const requirement = 'an image element, canvas, ImageBitmap, ImageData, VideoFrame, File or Blob';
    throw invalid('imageFrom', requirement, 'source', got, got === 'HTMLVideoElement' ? advice : '');
  }
  const { width, height } = source;
  if (width * height > 0) return { width, height };
  throw refused(
    isKind(source, 'ImageBitmap') ? 'a bitmap that is closed' : `a canvas of ${width} x ${height}`,
  );
}

function draw(source: Drawable, { width, height }: ImageSize): ImageData {
  try {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d', { colorSpace: 'srgb', willReadFrequently: true });
    if (!context) throw refused(`one of ${width} x ${height}, for which there is no canvas`);
    context.imageSmoothingQuality = 'high';
    context.drawImage(source, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    if (error.name !== 'SecurityError') throw refused(`one that the browser cannot draw (${error.message})`);
    const advice = 'Load it with crossorigin="anonymous", from a server that allows it.';
    throw refused('one with pixels of another site, which the page may not read', advice);
  }
}

function refused(got: string, advice = ''): Error {
  return invalid('imageFrom', 'an image with pixels', 'source', got, advice);
}

function isKind<Name extends keyof Kinds>(value: unknown, name: Name): value is Kinds[Name];
function isKind(value: unknown, name: 'Uint8ClampedArray'): value is Uint8ClampedArray;
function isKind(value: unknown, name: string): boolean {
  return tagOf(value) === name;
}

/** The class name of a value: `HTMLImageElement` for an image element, `String` for a string, `Null` for null. */
function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}
