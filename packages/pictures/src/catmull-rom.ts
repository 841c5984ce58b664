/**
 * @module
 * A picture read between its pixels by Catmull and Rom's interpolation, which is exact at whole pixels. Edges are
 * repeated.
 */
import { checkFunction, checkRaster, checkSide } from './check-arguments.js';
import { clampIndex } from './clamp-index.js';
import { outside } from './outside.js';
import type { Raster } from './raster.js';

/**
 * Makes a picture of `width` x `height` pixels, each of them read from another place of `image`.
 *
 * @param position `[column, row]` in `image` that the pixel at `x`, `y` of the result is read from, in pixels
 * @throws LpipsError for arguments of another kind
 */
export function resample(
  image: Raster,
  width: number,
  height: number,
  position: (x: number, y: number) => readonly [number, number],
): Raster {
  checkRaster('resample', 'image', image);
  checkSide('resample', 'width', width);
  checkSide('resample', 'height', height);
  checkFunction('resample', 'position', position);
  const data = new Float32Array(width * height * 3);
  const [across, down] = [new Float64Array(4), new Float64Array(4)];
  const columns = new Int32Array(4);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = position(x, y);
      const left = Math.floor(u);
      const top = Math.floor(v);
      setWeights(u - left, across);
      setWeights(v - top, down);
      for (let i = 0; i < 4; i++) columns[i] = 3 * clampIndex(left + i - 1, image.width);
      let [red, green, blue] = [0, 0, 0];
      for (let j = 0; j < 4; j++) {
        const row = 3 * image.width * clampIndex(top + j - 1, image.height);
        for (let i = 0; i < 4; i++) {
          const weight = (across[i] ?? outside()) * (down[j] ?? outside());
          const from = row + (columns[i] ?? outside());
          red = Math.fround(red + weight * (image.data[from] ?? outside()));
          green = Math.fround(green + weight * (image.data[from + 1] ?? outside()));
          blue = Math.fround(blue + weight * (image.data[from + 2] ?? outside()));
        }
      }
      data[to++] = red;
      data[to++] = green;
      data[to++] = blue;
    }
  }
  return { width, height, data };
}

/** The weights of four samples for a place `t` in [0, 1) between the second and the third. */
function setWeights(t: number, into: Float64Array): void {
  const t2 = t * t;
  const t3 = t2 * t;
  into[0] = (-t3 + 2 * t2 - t) / 2;
  into[1] = (3 * t3 - 5 * t2 + 2) / 2;
  into[2] = (-3 * t3 + 4 * t2 + t) / 2;
  into[3] = (t3 - t2) / 2;
}
