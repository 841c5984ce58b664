/**
 * @module
 * A picture in memory: RGB in [0, 1], one Float32Array, rows of interleaved pixels. Distortions are
 * pure functions from raster to raster; what is measured is what can be shown, so results are rounded to 8 bits.
 */
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';

export interface Raster {
  readonly width: number;
  readonly height: number;
  /** `[height, width, 3]`, RGB, in [0, 1] */
  readonly data: Float32Array;
}

/** Builds a raster from a function that gives each pixel's `[red, green, blue]`. */
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
  const at = 3 * (y * image.width + x);
  return [image.data[at] ?? 0, image.data[at + 1] ?? 0, image.data[at + 2] ?? 0];
}

/** Applies `change` to every sample; `channel` is 0, 1 or 2. */
export function mapSamples(
  image: Raster,
  change: (value: number, channel: number, index: number) => number,
): Raster {
  const data = new Float32Array(image.data.length);
  for (let index = 0, channel = 0; index < data.length; index++) {
    data[index] = change(image.data[index] ?? 0, channel, index);
    channel = channel === 2 ? 0 : channel + 1;
  }
  return { ...image, data };
}

/** Rounds to what an 8-bit file can hold. */
export function roundToBytes(image: Raster): Raster {
  const data = new Float32Array(image.data.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = Math.round(Math.min(1, Math.max(0, image.data[i] ?? 0)) * 255) / 255;
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

/** The pixels as bytes, for an encoder. */
export function toBytes(image: Raster): Uint8ClampedArray {
  const bytes = new Uint8ClampedArray(image.data.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.fround((image.data[i] ?? 0) * 255);
  return bytes;
}

export function fromBytes(bytes: ArrayLike<number>, width: number, height: number): Raster {
  const data = new Float32Array(bytes.length);
  for (let i = 0; i < data.length; i++) data[i] = (bytes[i] ?? 0) / 255;
  return { width, height, data };
}

/** float32 `[1, height, width, 3]`, RGB, in [-1, 1]; the caller disposes. */
export function toTensor(image: Raster): Tensor4D {
  return tensor4d(
    image.data.map((value) => value * 2 - 1),
    [1, image.height, image.width, 3],
  );
}

/** From the samples of a `[1, height, width, 3]` tensor in [-1, 1]. */
export function fromSamples(samples: ArrayLike<number>, width: number, height: number): Raster {
  const data = new Float32Array(samples.length);
  for (let i = 0; i < data.length; i++) data[i] = (Math.fround(samples[i] ?? 0) + 1) / 2;
  return roundToBytes({ width, height, data });
}

/** Luma of ITU-R BT.601, `[height, width]`, in [0, 1]. */
export function luma(image: Raster): Float32Array {
  const { data, width, height } = image;
  const grey = new Float32Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = 0.299 * (data[3 * i] ?? 0) + 0.587 * (data[3 * i + 1] ?? 0) + 0.114 * (data[3 * i + 2] ?? 0);
  }
  return grey;
}
