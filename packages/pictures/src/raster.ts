/**
 * @module
 * A picture in memory for arithmetic: floats, RGB in [0, 1]. Distortions are pure functions from raster to raster.
 * Their results are rounded to what 8 bits can hold, so that what is measured is what can be shown.
 */
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { outside } from './outside.js';

/** A picture as floats. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** `[height, width, 3]`, RGB, in [0, 1] */
  readonly data: Float32Array;
}

/** Builds a raster from a function that gives the `[red, green, blue]` of each pixel. */
export function paint(
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly [number, number, number],
): Raster {
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

/** Applies `change` to every sample; `index` is the place of the sample in `data`. */
export function mapSamples(
  image: Raster,
  change: (value: number, channel: 0 | 1 | 2, index: number) => number,
): Raster {
  const data = new Float32Array(image.data.length);
  for (let index = 0; index < data.length; index += 3) {
    data[index] = change(image.data[index] ?? outside(), 0, index);
    data[index + 1] = change(image.data[index + 1] ?? outside(), 1, index + 1);
    data[index + 2] = change(image.data[index + 2] ?? outside(), 2, index + 2);
  }
  return { ...image, data };
}

/** Clips and rounds every sample to what an 8-bit file can hold. */
export function roundToBytes(image: Raster): Raster {
  const data = new Float32Array(image.data.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = Math.round(Math.min(1, Math.max(0, image.data[i] ?? outside())) * 255) / 255;
  }
  return { ...image, data };
}

/** Cuts `margin` pixels off every side. */
export function trim(image: Raster, margin: number): Raster {
  return cut(image, margin, margin, image.width - 2 * margin, image.height - 2 * margin);
}

/** Cuts out the rectangle whose upper left corner is `[left, top]`. */
export function cut(image: Raster, left: number, top: number, width: number, height: number): Raster {
  const data = new Float32Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * image.width + left) * 3;
    data.set(image.data.subarray(start, start + width * 3), y * width * 3);
  }
  return { width, height, data };
}

/** The samples as bytes, for an encoder. */
export function toBytes(image: Raster): Uint8ClampedArray {
  const bytes = new Uint8ClampedArray(image.data.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.fround((image.data[i] ?? outside()) * 255);
  return bytes;
}

/**
 * A raster from decoded bytes.
 *
 * @param bytes interleaved RGB, row by row, 0 to 255
 */
export function fromBytes(bytes: ArrayLike<number>, width: number, height: number): Raster {
  const data = new Float32Array(bytes);
  for (let i = 0; i < data.length; i++) data[i] = (data[i] ?? outside()) / 255;
  return { width, height, data };
}

/** float32 `[1, height, width, 3]`, RGB, in [-1, 1]; the caller disposes. */
export function toTensor(image: Raster): Tensor4D {
  return tensor4d(
    image.data.map((value) => value * 2 - 1),
    [1, image.height, image.width, 3],
  );
}

/** A raster of 8-bit values from the samples of a tensor `[1, height, width, 3]` in [-1, 1]. */
export function fromSamples(samples: ArrayLike<number>, width: number, height: number): Raster {
  const data = new Float32Array(samples);
  for (let i = 0; i < data.length; i++) data[i] = ((data[i] ?? outside()) + 1) / 2;
  return roundToBytes({ width, height, data });
}

/** Luma of ITU-R BT.601, `[height, width]`, in [0, 1]. */
export function luma(image: Raster): Float32Array {
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
