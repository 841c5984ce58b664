/**
 * @module
 * The mean of a plane over every square that lies inside it.
 */
import type { ImageSize } from 'lpips-core';
import { checkFloats, checkSide, checkSize } from './check-arguments.js';

/**
 * Computes them by sums that move along rows and then down columns.
 *
 * @param plane a value for each pixel, row by row
 * @param side of the squares, in pixels, at most the shorter side of the plane
 * @returns row by row, `[height - side + 1, width - side + 1]`; at (x, y) the square whose upper left pixel is (x, y)
 * @throws LpipsError for arguments of another kind, and values that do not fit the size
 */
export function squareMeans(plane: Float32Array, size: ImageSize, side: number): Float32Array {
  checkFloats('squareMeans', 'plane', plane);
  checkSide('squareMeans', 'side', side);
  const { width, height } = size;
  checkSize('squareMeans', 'plane', plane, { width, height, perPixel: 1 });
  const wide = width - side + 1;
  const rows = new Float64Array(wide * height);
  for (let y = 0; y < height; y++) {
    const from = y * width;
    const to = y * wide - side + 1;
    let sum = 0;
    for (let x = 0; x < side - 1; x++) sum += plane[from + x] ?? 0;
    for (let x = side - 1; x < width; x++) {
      sum += plane[from + x] ?? 0;
      rows[to + x] = sum;
      sum -= plane[from + x - side + 1] ?? 0;
    }
  }
  const means = new Float32Array(wide * (height - side + 1));
  const sums = new Float64Array(wide);
  for (let i = 0; i < wide * (side - 1); i++) sums[i % wide] = (sums[i % wide] ?? 0) + (rows[i] ?? 0);
  for (let y = side - 1; y < height; y++) {
    const added = y * wide;
    const to = added - (side - 1) * wide;
    for (let x = 0; x < wide; x++) {
      const sum = (sums[x] ?? 0) + (rows[added + x] ?? 0);
      means[to + x] = sum / (side * side);
      sums[x] = sum - (rows[to + x] ?? 0);
    }
  }
  return means;
}
