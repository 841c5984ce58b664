/**
 * @module
 * A picture in memory for arithmetic: floats, RGB in [0, 1]. Distortions are pure functions from raster to raster.
 * Their results are rounded to what 8 bits can hold, so that what is measured is what can be shown.
 */
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { checkNumber, invalid, kindOf } from 'lpips-core';
import { checkFunction, checkRaster, checkSide, checkSize } from './check-arguments.js';
import { outside } from './outside.js';

/** A picture as floats. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** `[height, width, 3]`, RGB, in [0, 1] */
  readonly data: Float32Array;
}

/**
 * Builds a raster from a function that gives the `[red, green, blue]` of each pixel.
 *
 * @throws LpipsError for arguments of another kind
 */
export function paint(
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly [number, number, number],
): Raster {
  checkSide('paint', 'width', width);
  checkSide('paint', 'height', height);
  checkFunction('paint', 'colour', colour);
  const data = new Float32Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) for (const value of colour(x, y)) data[at++] = value;
  }
  return { width, height, data };
}

/** `[red, green, blue]` at a place inside the picture. */
export function pixelAt(image: Raster, x: number, y: number): readonly [number, number, number] {
  const { data } = image;
  const at = 3 * (y * image.width + x);
  return [data[at] ?? outside(), data[at + 1] ?? outside(), data[at + 2] ?? outside()];
}

/**
 * Applies `change` to every sample; `index` is the place of the sample in `data`.
 *
 * @throws LpipsError for arguments of another kind
 */
export function mapSamples(
  image: Raster,
  change: (value: number, channel: 0 | 1 | 2, index: number) => number,
): Raster {
  checkRaster('mapSamples', 'image', image);
  checkFunction('mapSamples', 'change', change);
  const data = new Float32Array(image.data.length);
  for (let index = 0; index < data.length; index += 3) {
    data[index] = change(image.data[index] ?? outside(), 0, index);
    data[index + 1] = change(image.data[index + 1] ?? outside(), 1, index + 1);
    data[index + 2] = change(image.data[index + 2] ?? outside(), 2, index + 2);
  }
  return { ...image, data };
}

/**
 * Clips and rounds every sample to what an 8-bit file can hold.
 *
 * @throws LpipsError unless it is a raster
 */
export function roundToBytes(image: Raster): Raster {
  checkRaster('roundToBytes', 'image', image);
  const data = new Float32Array(image.data.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = Math.round(Math.min(1, Math.max(0, image.data[i] ?? outside())) * 255) / 255;
  }
  return { ...image, data };
}

/**
 * Cuts `margin` pixels off every side.
 *
 * @throws LpipsError where nothing is left, and for arguments of another kind
 */
export function trim(image: Raster, margin: number): Raster {
  checkRaster('trim', 'image', image);
  checkNumber('trim', 'margin', margin, { isWhole: true });
  const [width, height] = [image.width - 2 * margin, image.height - 2 * margin];
  if (Math.min(width, height) < 1) {
    const requirement = `less than half of ${image.width} x ${image.height} pixels`;
    throw invalid('trim', requirement, 'margin', `${margin}`);
  }
  return cut(image, margin, margin, width, height);
}

/**
 * Cuts out the rectangle whose upper left corner is `[left, top]`.
 *
 * @throws LpipsError where it does not lie inside, and for arguments of another kind
 */
export function cut(image: Raster, left: number, top: number, width: number, height: number): Raster {
  checkRaster('cut', 'image', image);
  checkNumber('cut', 'left', left, { isWhole: true });
  checkNumber('cut', 'top', top, { isWhole: true });
  checkSide('cut', 'width', width);
  checkSide('cut', 'height', height);
  if (left + width > image.width || top + height > image.height) {
    const requirement = `a rectangle inside ${image.width} x ${image.height} pixels`;
    throw invalid('cut', requirement, 'the cut', `${width} x ${height} from [${left}, ${top}]`);
  }
  const data = new Float32Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * image.width + left) * 3;
    data.set(image.data.subarray(start, start + width * 3), y * width * 3);
  }
  return { width, height, data };
}

/**
 * The samples as bytes, for an encoder.
 *
 * @throws LpipsError unless it is a raster
 */
export function toBytes(image: Raster): Uint8ClampedArray {
  checkRaster('toBytes', 'image', image);
  const bytes = new Uint8ClampedArray(image.data.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.fround((image.data[i] ?? outside()) * 255);
  return bytes;
}

/**
 * A raster from decoded bytes.
 *
 * @param bytes interleaved RGB, row by row, 0 to 255
 * @throws LpipsError where they do not fit the size, and for arguments of another kind
 */
export function fromBytes(bytes: ArrayLike<number>, width: number, height: number): Raster {
  checkValues('fromBytes', 'bytes', bytes, width, height);
  const data = new Float32Array(bytes);
  for (let i = 0; i < data.length; i++) data[i] = (data[i] ?? outside()) / 255;
  return { width, height, data };
}

/**
 * float32 `[1, height, width, 3]`, RGB, in [-1, 1]; the caller disposes.
 *
 * @throws LpipsError unless it is a raster
 */
export function toTensor(image: Raster): Tensor4D {
  checkRaster('toTensor', 'image', image);
  return tensor4d(
    image.data.map((value) => value * 2 - 1),
    [1, image.height, image.width, 3],
  );
}

/**
 * A raster of 8-bit values from the samples of a tensor `[1, height, width, 3]` in [-1, 1].
 *
 * @throws LpipsError where they do not fit the size, and for arguments of another kind
 */
export function fromSamples(samples: ArrayLike<number>, width: number, height: number): Raster {
  checkValues('fromSamples', 'samples', samples, width, height);
  const data = new Float32Array(samples);
  for (let i = 0; i < data.length; i++) data[i] = ((data[i] ?? outside()) + 1) / 2;
  return roundToBytes({ width, height, data });
}

/**
 * Luma of ITU-R BT.601, `[height, width]`, in [0, 1].
 *
 * @throws LpipsError unless it is a raster
 */
export function luma(image: Raster): Float32Array {
  checkRaster('luma', 'image', image);
  const { data, width, height } = image;
  const grey = new Float32Array(width * height);
  for (let i = 0, at = 0; i < grey.length; i++, at += 3) {
    grey[i] =
      0.299 * (data[at] ?? outside()) +
      0.587 * (data[at + 1] ?? outside()) +
      0.114 * (data[at + 2] ?? outside());
  }
  return grey;
}

/** @throws LpipsError unless there are three numbers for each pixel */
function checkValues(
  where: string,
  argument: string,
  values: ArrayLike<number>,
  width: number,
  height: number,
): void {
  const isList = Array.isArray(values) || ArrayBuffer.isView(values);
  if (!isList) throw invalid(where, 'an array of numbers', argument, kindOf(values));
  checkSize(where, argument, values, { width, height, perPixel: 3 });
}
