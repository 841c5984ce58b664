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
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = position(x, y);
      const left = Math.floor(u);
      const top = Math.floor(v);
      const across = catmullRom(u - left);
      const down = catmullRom(v - top);
      for (let j = 0; j < 4; j++) {
        for (let i = 0; i < 4; i++) {
          const weight = (across[i] ?? 0) * (down[j] ?? 0);
          const from =
            3 * (clamp(top + j - 1, image.height) * image.width + clamp(left + i - 1, image.width));
          const to = 3 * (y * width + x);
          for (let c = 0; c < 3; c++)
            data[to + c] = (data[to + c] ?? 0) + weight * (image.data[from + c] ?? 0);
        }
      }
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
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let [red, green, blue] = [0, 0, 0];
      for (let k = -radius; k <= radius; k++) {
        const column = axis === 'x' ? clamp(x + k, width) : x;
        const row = axis === 'y' ? clamp(y + k, height) : y;
        const weight = kernel[k + radius] ?? 0;
        const at = 3 * (row * width + column);
        red += weight * (data[at] ?? 0);
        green += weight * (data[at + 1] ?? 0);
        blue += weight * (data[at + 2] ?? 0);
      }
      const to = 3 * (y * width + x);
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
function catmullRom(t: number): readonly [number, number, number, number] {
  const t2 = t * t;
  const t3 = t2 * t;
  return [(-t3 + 2 * t2 - t) / 2, (3 * t3 - 5 * t2 + 2) / 2, (-3 * t3 + 4 * t2 + t) / 2, (t3 - t2) / 2];
}
