/**
 * @module
 * The largest local distance: the largest mean of a distance map over any square of a given size.
 */
import type { ImageSize } from 'lpips-core';
import type { Area } from 'lpips-pictures/node';

/** A mean over a part of an image, and which part. */
export interface LocalDistance extends Area {
  readonly distance: number;
}

/**
 * Finds it by a summed-area table, in which four values give the sum over any rectangle.
 *
 * @param map distance of each pixel, row by row
 * @param window side of the square, in pixels; where the image is smaller, the square is as large as the image
 * @returns the first square whose mean is the largest
 */
export function largestLocalDistance(
  map: ArrayLike<number>,
  { width, height }: ImageSize,
  window: number,
): LocalDistance {
  const stride = width + 1;
  const sums = new Float64Array(stride * (height + 1)); // at (x, y): the sum of everything above and to the left
  const sum = (x: number, y: number): number => {
    const value = sums[y * stride + x];
    if (value === undefined) throw new RangeError(`no sum at (${x}, ${y})`);
    return value;
  };
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      const value = map[y * width + x];
      if (value === undefined) throw new RangeError(`no distance of the pixel (${x}, ${y})`);
      row += value;
      sums[(y + 1) * stride + x + 1] = row + sum(x + 1, y);
    }
  }
  const [wide, high] = [Math.min(window, width), Math.min(window, height)];
  let [most, left, top] = [Number.NEGATIVE_INFINITY, 0, 0];
  for (let y = 0; y + high <= height; y++) {
    for (let x = 0; x + wide <= width; x++) {
      const inside = sum(x + wide, y + high) - sum(x, y + high) - sum(x + wide, y) + sum(x, y);
      if (!(inside <= most)) [most, left, top] = [inside, x, y]; // also where it is NaN: a NaN reaches every later sum, so it is the result
    }
  }
  // By rounding, a difference of sums can fall below 0.
  return { distance: Math.max(0, most) / (wide * high), left, top, width: wide, height: high };
}
