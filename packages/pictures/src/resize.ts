/**
 * @module
 * Resizing by the kernels that programs choose between. Rows are resized first, then columns. Where the picture
 * shrinks, the kernel is widened so that nothing aliases; only `nearest` is not widened and aliases. Edges are repeated.
 * The centre of a pixel lies half a pixel from its edges.
 */
import { checkOneOf } from 'lpips-core';
import { checkRaster, checkSide } from './check-arguments.js';
import { clampIndex } from './clamp-index.js';
import { outside } from './outside.js';
import type { Raster } from './raster.js';

/** A kernel by name; `cubic` is Catmull and Rom's, `lanczos` has three lobes to each side. */
export type ResizeKernel = 'nearest' | 'box' | 'linear' | 'cubic' | 'lanczos';

export const RESIZE_KERNELS: readonly ResizeKernel[] = ['nearest', 'box', 'linear', 'cubic', 'lanczos'];

interface Kernel {
  /** half its width, in source pixels */
  readonly radius: number;
  readonly weight: (distance: number) => number;
}

const KERNELS: Readonly<Record<Exclude<ResizeKernel, 'nearest'>, Kernel>> = {
  box: { radius: 0.5, weight: (x) => (x >= -0.5 && x < 0.5 ? 1 : 0) },
  linear: { radius: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  cubic: {
    radius: 2,
    weight: (signed) => {
      const x = Math.abs(signed);
      if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
      return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
    },
  },
  lanczos: { radius: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** The source samples that one result is the weighted mean of. */
interface Taps {
  readonly from: Int32Array;
  readonly weights: Float64Array;
}

/**
 * Scales a picture to `width` x `height`.
 *
 * @throws LpipsError for arguments of another kind, and a kernel that is none
 */
export function resize(image: Raster, width: number, height: number, kernel: ResizeKernel): Raster {
  checkRaster('resize', 'image', image);
  checkSide('resize', 'width', width);
  checkSide('resize', 'height', height);
  checkOneOf('resize', 'kernel', kernel, RESIZE_KERNELS);
  const row = (y: number) => image.data.subarray(3 * image.width * y, 3 * image.width * (y + 1));
  return resizeRows({ width: image.width, height: image.height, row }, width, height, kernel);
}

/** A picture that is read row by row. */
export interface Rows {
  readonly width: number;
  readonly height: number;
  /** `[width, 3]`, RGB, in [0, 1]; read before the next call */
  readonly row: (y: number) => Float32Array;
}

/** `resize` of a picture that need not be in memory as a whole. */
export function resizeRows(image: Rows, width: number, height: number, kernel: ResizeKernel): Raster {
  const wide = widened(image, width, kernel);
  const data = new Float32Array(width * height * 3);
  for (const [y, { from, weights }] of tapsOf(image.height, height, kernel).entries()) {
    for (let k = 0; k < from.length; k++) {
      const weight = weights[k] ?? outside();
      const row = 3 * width * (from[k] ?? outside());
      const to = 3 * width * y;
      for (let i = 0; i < 3 * width; i++) {
        data[to + i] = (data[to + i] ?? outside()) + weight * (wide[row + i] ?? outside());
      }
    }
  }
  return { width, height, data };
}

/** The rows of a picture at their new width, `[height, width, 3]`. The taps lie in one list, since every pixel passes here. */
function widened(image: Rows, width: number, kernel: ResizeKernel): Float32Array {
  const taps = tapsOf(image.width, width, kernel);
  const count = taps.reduce((sum, { from }) => sum + from.length, 0);
  const [places, weights] = [new Int32Array(count), new Float64Array(count)];
  const ends = new Int32Array(width);
  let end = 0;
  for (const [x, tap] of taps.entries()) {
    places.set(tap.from, end);
    weights.set(tap.weights, end);
    end += tap.from.length;
    ends[x] = end;
  }
  const wide = new Float32Array(width * image.height * 3);
  for (let y = 0, to = 0; y < image.height; y++) {
    const row = image.row(y);
    for (let x = 0, k = 0; x < width; x++) {
      let [red, green, blue] = [0, 0, 0];
      for (const last = ends[x] ?? outside(); k < last; k++) {
        const weight = weights[k] ?? outside();
        const at = 3 * (places[k] ?? outside());
        red += weight * (row[at] ?? outside());
        green += weight * (row[at + 1] ?? outside());
        blue += weight * (row[at + 2] ?? outside());
      }
      wide[to++] = red;
      wide[to++] = green;
      wide[to++] = blue;
    }
  }
  return wide;
}

/** The taps of each sample of a line of `newSize` that is made from a line of `size`. */
function tapsOf(size: number, newSize: number, name: ResizeKernel): Taps[] {
  const ratio = size / newSize;
  return Array.from({ length: newSize }, (_, index) => {
    const centre = (index + 0.5) * ratio;
    if (name === 'nearest') {
      return { from: Int32Array.of(Math.min(size - 1, Math.floor(centre))), weights: Float64Array.of(1) };
    }
    const { radius, weight } = KERNELS[name];
    const scale = Math.max(1, ratio);
    const first = Math.ceil(centre - radius * scale - 0.5);
    const last = Math.floor(centre + radius * scale - 0.5);
    const from = new Int32Array(last - first + 1);
    const weights = new Float64Array(from.length);
    let sum = 0;
    for (let k = 0; k < from.length; k++) {
      const own = weight((first + k + 0.5 - centre) / scale);
      from[k] = clampIndex(first + k, size);
      weights[k] = own;
      sum += own;
    }
    return { from, weights: weights.map((value) => value / sum) };
  });
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
