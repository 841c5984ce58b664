/**
 * @module
 * Filters that are one kernel along the rows and then along the columns. Edges are repeated.
 */
import { checkNumber, invalid, kindOf } from 'lpips-core';
import { checkRaster } from './check-arguments.js';
import { clampIndex } from './clamp-index.js';
import { outside } from './outside.js';
import type { Raster } from './raster.js';

/**
 * Samples of a Gaussian at -radius … radius, which sum to 1.
 *
 * @throws LpipsError unless `sigma` is a number, and `radius` a whole one
 */
export function gaussianKernel(sigma: number, radius: number): Float64Array {
  checkNumber('gaussianKernel', 'sigma', sigma);
  checkNumber('gaussianKernel', 'radius', radius, { isWhole: true });
  const kernel = new Float64Array(2 * radius + 1);
  for (let i = -radius; i <= radius; i++) kernel[i + radius] = Math.exp(-(i * i) / (2 * sigma * sigma));
  const sum = kernel.reduce((a, b) => a + b, 0);
  return kernel.map((value) => value / sum);
}

/**
 * Filters the rows and then the columns with the same kernel, whose length is odd.
 *
 * @throws LpipsError for a kernel of another length or kind
 */
export function convolveSeparable(image: Raster, kernel: Float64Array): Raster {
  checkRaster('convolveSeparable', 'image', image);
  if (!(kernel instanceof Float64Array) || kernel.length % 2 === 0) {
    throw invalid('convolveSeparable', 'a Float64Array of odd length', 'kernel', kindOf(kernel));
  }
  return along(along(image, kernel, 'x'), kernel, 'y');
}

function along(image: Raster, kernel: Float64Array, axis: 'x' | 'y'): Raster {
  const { width, height, data } = image;
  const radius = (kernel.length - 1) / 2;
  const result = new Float32Array(data.length);
  const [size, step] = axis === 'x' ? [width, 3] : [height, 3 * width];
  const [lines, stride] = axis === 'x' ? [height, 3 * width] : [width, 3];
  // Where the samples of a line lie from -radius to size + radius, edges repeated.
  const places = Int32Array.from(
    { length: size + 2 * radius },
    (_, i) => step * clampIndex(i - radius, size),
  );
  for (let line = 0; line < lines; line++) {
    const start = line * stride;
    for (let at = 0; at < size; at++) {
      let [red, green, blue] = [0, 0, 0];
      for (let k = 0; k < kernel.length; k++) {
        const weight = kernel[k] ?? outside();
        const from = start + (places[at + k] ?? outside());
        red += weight * (data[from] ?? outside());
        green += weight * (data[from + 1] ?? outside());
        blue += weight * (data[from + 2] ?? outside());
      }
      const to = start + step * at;
      result[to] = red;
      result[to + 1] = green;
      result[to + 2] = blue;
    }
  }
  return { width, height, data: result };
}
