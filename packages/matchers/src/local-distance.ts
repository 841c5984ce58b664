/**
 * @module
 * The largest local distance: of the means of a distance map over every square of a size, the largest.
 */
import type { ImageSize } from 'lpips-core';
import type { Area } from 'lpips-pictures/node';

/** A mean over a part of an image, and which part. */
export interface LocalDistance extends Area {
  readonly distance: number;
}

/**
 * By a summed-area table: the sum over a rectangle is four of its values.
 *
 * @param map distance of each pixel, row by row
 * @param window side of the square, in pixels; cut to an image that is smaller
 * @returns the first square whose mean is the largest
 */
export function largestLocalDistance(
  map: ArrayLike<number>,
  { width, height }: ImageSize,
  window: number,
): LocalDistance {
  const stride = width + 1;
  const sums = new Float64Array(stride * (height + 1)); // at (x, y): everything above and to the left
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      row += map[y * width + x] ?? Number.NaN;
      sums[(y + 1) * stride + x + 1] = row + (sums[y * stride + x + 1] ?? 0);
    }
  }
  const sum = (x: number, y: number): number => sums[y * stride + x] ?? Number.NaN;
  const [wide, high] = [Math.min(window, width), Math.min(window, height)];
  let [most, left, top] = [Number.NEGATIVE_INFINITY, 0, 0];
  for (let y = 0; y + high <= height; y++) {
    for (let x = 0; x + wide <= width; x++) {
      const inside = sum(x + wide, y + high) - sum(x, y + high) - sum(x + wide, y) + sum(x, y);
      if (!(inside <= most)) [most, left, top] = [inside, x, y]; // NaN too, which reaches the last square
    }
  }
  // Differences of sums can fall below 0 by their rounding.
  return { distance: Math.max(0, most) / (wide * high), left, top, width: wide, height: high };
}
