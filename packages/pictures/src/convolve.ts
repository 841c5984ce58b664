/**
 * @module
 * Separable filters and resampling on planes of interleaved channels, edges repeated.
 */
import type { Raster } from './raster.js';

/** Samples of a Gaussian at -radius … radius, summing to 1. */
export function gaussianKernel(sigma: number, radius: number): Float64Array {
  const kernel = new Float64Array(2 * radius + 1);
  for (let i = -radius; i <= radius; i++) kernel[i + radius] = Math.exp(-(i * i) / (2 * sigma * sigma));
  const sum = kernel.reduce((a, b) => a + b, 0);
  return kernel.map((value) => value / sum);
}

/** Filters rows, then columns, with the same odd kernel. */
export function convolveSeparable(image: Raster, kernel: Float64Array): Raster {
  return along(along(image, kernel, 'x'), kernel, 'y');
}

/** Reads the image where `position` says, for every pixel, by Catmull-Rom interpolation (exact at whole pixels). */
export function resample(
  image: Raster,
  width: number,
  height: number,
  position: (x: number, y: number) => readonly [number, number],
): Raster {
  const data = new Float32Array(width * height * 3);
  const [across, down] = [new Float64Array(4), new Float64Array(4)];
  const columns = new Int32Array(4);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = position(x, y);
      const left = Math.floor(u);
      const top = Math.floor(v);
      catmullRom(u - left, across);
      catmullRom(v - top, down);
      for (let i = 0; i < 4; i++) columns[i] = 3 * clamp(left + i - 1, image.width);
      let [red, green, blue] = [0, 0, 0];
      for (let j = 0; j < 4; j++) {
        const row = 3 * image.width * clamp(top + j - 1, image.height);
        for (let i = 0; i < 4; i++) {
          const weight = (across[i] ?? 0) * (down[j] ?? 0);
          const from = row + (columns[i] ?? 0);
          red = Math.fround(red + weight * (image.data[from] ?? 0));
          green = Math.fround(green + weight * (image.data[from + 1] ?? 0));
          blue = Math.fround(blue + weight * (image.data[from + 2] ?? 0));
        }
      }
      data[to++] = red;
      data[to++] = green;
      data[to++] = blue;
    }
  }
  return { width, height, data };
}

/** Means over blocks of `size` x `size` pixels (the last ones may be smaller). */
export function blockMeans(image: Raster, size: number): Raster {
  const width = Math.ceil(image.width / size);
  const height = Math.ceil(image.height / size);
  const data = new Float32Array(width * height * 3);
  const counts = new Float32Array(width * height);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) {
      const block = Math.floor(y / size) * width + Math.floor(x / size);
      counts[block] = (counts[block] ?? 0) + 1;
      for (let c = 0; c < 3; c++) {
        data[3 * block + c] = (data[3 * block + c] ?? 0) + (image.data[3 * (y * image.width + x) + c] ?? 0);
      }
    }
  }
  return { width, height, data: data.map((sum, index) => sum / (counts[Math.floor(index / 3)] ?? 1)) };
}

function along(image: Raster, kernel: Float64Array, axis: 'x' | 'y'): Raster {
  const { width, height, data } = image;
  const radius = (kernel.length - 1) / 2;
  const result = new Float32Array(data.length);
  const [size, step] = axis === 'x' ? [width, 3] : [height, 3 * width];
  const [lines, stride] = axis === 'x' ? [height, 3 * width] : [width, 3];
  // Where the samples of a line lie from -radius to size + radius, edges repeated.
  const places = Int32Array.from({ length: size + 2 * radius }, (_, i) => step * clamp(i - radius, size));
  for (let line = 0; line < lines; line++) {
    const start = line * stride;
    for (let at = 0; at < size; at++) {
      let [red, green, blue] = [0, 0, 0];
      for (let k = 0; k < kernel.length; k++) {
        const weight = kernel[k] ?? 0;
        const from = start + (places[at + k] ?? 0);
        red += weight * (data[from] ?? 0);
        green += weight * (data[from + 1] ?? 0);
        blue += weight * (data[from + 2] ?? 0);
      }
      const to = start + step * at;
      result[to] = red;
      result[to + 1] = green;
      result[to + 2] = blue;
    }
  }
  return { width, height, data: result };
}

function clamp(index: number, size: number): number {
  return Math.min(size - 1, Math.max(0, index));
}

/** The four weights around a position `t` in [0, 1) between the second and the third sample. */
function catmullRom(t: number, into: Float64Array): void {
  const t2 = t * t;
  const t3 = t2 * t;
  into[0] = (-t3 + 2 * t2 - t) / 2;
  into[1] = (3 * t3 - 5 * t2 + 2) / 2;
  into[2] = (-3 * t3 + 4 * t2 + t) / 2;
  into[3] = (t3 - t2) / 2;
}
