/**
 * @module
 * A picture in square blocks.
 */
import { checkRaster, checkSide } from './check-arguments.js';
import { outside } from './outside.js';
import type { Raster } from './raster.js';

/**
 * The means of blocks of `size` x `size` pixels, `size` a whole number; blocks at the right and lower edge may be smaller.
 *
 * @returns a picture of one pixel for each block
 * @throws LpipsError unless `image` is a raster and `size` a whole number
 */
export function blockMeans(image: Raster, size: number): Raster {
  checkRaster('blockMeans', 'image', image);
  checkSide('blockMeans', 'size', size);
  const width = Math.ceil(image.width / size);
  const height = Math.ceil(image.height / size);
  const data = new Float32Array(width * height * 3);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) {
      const to = 3 * (Math.floor(y / size) * width + Math.floor(x / size));
      const from = 3 * (y * image.width + x);
      for (let c = 0; c < 3; c++) {
        data[to + c] = (data[to + c] ?? outside()) + (image.data[from + c] ?? outside());
      }
    }
  }
  const means = data.map((sum, index) => {
    const block = Math.floor(index / 3);
    const across = Math.min(size, image.width - (block % width) * size);
    const down = Math.min(size, image.height - Math.floor(block / width) * size);
    return sum / (across * down);
  });
  return { width, height, data: means };
}
