/**
 * @module
 * The forms in which tests have images: paths, encoded bytes and tensors. All become a tensor and 8-bit pixels.
 */
import { isUint8Array } from 'node:util/types';
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { type ImageSize, invalid, type ValueRange } from 'lpips-core';
import { readImage, readImageBytes } from 'lpips-node';
import { imagePixels, type RgbPixels } from 'lpips-pictures';
import sharp from 'sharp';
import type { ImageTensor } from './matcher-types.js';

/** An image that was read. The caller disposes the tensor. */
export interface ReadImage extends ImageSize {
  /** float32 `[1, height, width, 3]`, RGB, in [-1, 1]. */
  readonly tensor: Tensor4D;
  /** Where the file has transparency and no background was stated: the same over black, which the caller disposes. */
  readonly overBlack?: () => Promise<Tensor4D>;
  /** The bytes that were read, where they were a PNG file. */
  readonly png?: Uint8Array;
}

/** How an image is read. */
export interface ReadingOptions {
  readonly range: ValueRange;
  readonly background?: string;
}

const BLACK = '#000000';
const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * Reads an image on the current backend.
 *
 * @param where the matcher that reads
 * @param name what messages call an image that is no path: "the image", "the reference"
 * @param range values of black and white, where the image is a tensor
 * @param background under transparent pixels; without one, it is white, and `overBlack` has the image over black
 * @throws LpipsError where it cannot be read, or is nothing that could be an image
 */
export async function readLookable(
  where: string,
  name: string,
  image: unknown,
  { range, background }: ReadingOptions,
): Promise<ReadImage> {
  if (typeof image === 'string') return await readFileBytes(image, image, background);
  if (isUint8Array(image)) {
    const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
    return await readFileBytes(bytes, name, background);
  }
  if (isImageTensor(image)) return withSize(await fromTensor(where, name, image, range));
  const advice = image instanceof Promise ? 'Await it first.' : 'For a page, pass await page.screenshot().';
  throw invalid(where, 'a path, encoded bytes or a tensor', name, kindOf(image), advice);
}

/** The image as a PNG file: its own bytes, or its 8-bit pixels. */
export async function asPng({ tensor, png }: ReadImage): Promise<Uint8Array> {
  if (png) return png;
  const { data, width, height } = await imagePixels(tensor);
  return await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** The image as 8-bit pixels. */
export function pixelsOf({ tensor }: ReadImage): Promise<RgbPixels> {
  return imagePixels(tensor);
}

async function readFileBytes(
  source: string | Buffer,
  name: string,
  background: string | undefined,
): Promise<ReadImage> {
  const bytes = await readImageBytes(source, name);
  const tensor = await readImage(bytes, { name, ...(background !== undefined && { background }) });
  const isPng = bytes.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE);
  const hasAlpha = await sharp(bytes)
    .metadata()
    .then(
      (metadata) => metadata.hasAlpha,
      () => true, // a BMP, of which sharp knows nothing, may have it
    );
  return {
    ...withSize(tensor),
    ...(isPng && { png: bytes }),
    ...(hasAlpha &&
      background === undefined && { overBlack: () => readImage(bytes, { name, background: BLACK }) }),
  };
}

function withSize(tensor: Tensor4D): ReadImage {
  const [, height, width] = tensor.shape;
  return { tensor, width, height };
}

function isImageTensor(image: unknown): image is ImageTensor {
  if (typeof image !== 'object' || image === null) return false;
  return (
    'shape' in image && Array.isArray(image.shape) && 'data' in image && typeof image.data === 'function'
  );
}

/** A copy in [-1, 1], since the tensor may belong to another copy of TensorFlow.js. */
async function fromTensor(
  where: string,
  name: string,
  image: ImageTensor,
  [low, high]: ValueRange,
): Promise<Tensor4D> {
  const shape = image.shape.length === 3 ? [1, ...image.shape] : [...image.shape];
  const [batch, height = 0, width = 0, channels = 0] = shape;
  if (shape.length !== 4 || batch !== 1 || (channels !== 3 && channels !== 1)) {
    throw invalid(where, '[height, width, 3] or [1, height, width, 3]', name, `[${image.shape.join(', ')}]`);
  }
  const values = await image.data();
  const result = new Float32Array(height * width * 3);
  for (let i = 0; i < result.length; i++) {
    const value = values[channels === 3 ? i : Math.floor(i / 3)];
    if (value === undefined || !(value >= low && value <= high)) {
      const advice = 'Pass the range that the image has as the option range.';
      throw invalid(where, `values in [${low}, ${high}]`, name, String(value), advice);
    }
    result[i] = ((value - low) / (high - low)) * 2 - 1;
  }
  return tensor4d(result, [1, height, width, 3]);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value instanceof Promise) return 'a promise';
  return typeof value === 'object'
    ? `an object of type ${value.constructor?.name ?? 'unknown'}`
    : `a ${typeof value}`;
}
