/**
 * @module
 * Faults of transmission and of displays: interlaced fields that moved, lost blocks, ordered dithering.
 */
import { outside } from '../outside.js';
import type { Random } from '../random.js';
import { mapSamples, type Raster } from '../raster.js';
import { shift } from './geometry.js';

/** Height and width of the blocks of most codecs, in pixels. */
const BLOCK = 8;
/** Order in which the levels of a cell of 4x4 pixels rise (Bayer 1973). */
const BAYER = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5] as const;

/** Every other row as it was when the camera had moved by `distance` pixels to the side. */
export function interlace(image: Raster, distance: number): Raster {
  const moved = shift(image, distance, 0);
  const samples = 3 * image.width;
  return mapSamples(image, (value, _, index) =>
    Math.floor(index / samples) % 2 === 0 ? value : (moved.data[index] ?? outside()),
  );
}

/** A `share` of the blocks of 8x8 pixels shows what the block to the left shows, as a decoder hides a lost one. */
export function loseBlocks(image: Raster, share: number, random: Random): Raster {
  const { width, height } = image;
  const data = image.data.slice();
  for (let top = 0; top < height; top += BLOCK) {
    for (let left = BLOCK; left < width; left += BLOCK) {
      if (random.uniform() >= share) continue;
      const count = 3 * Math.min(BLOCK, width - left);
      for (let y = top; y < Math.min(top + BLOCK, height); y++) {
        const from = 3 * (y * width + left - BLOCK);
        data.copyWithin(3 * (y * width + left), from, from + count);
      }
    }
  }
  return { width, height, data };
}

/** Rounds every channel to steps of `step`, up or down by a pattern of 4x4 pixels. */
export function dither(image: Raster, step: number): Raster {
  return mapSamples(image, (value, _, index) => {
    const pixel = Math.floor(index / 3);
    const [x, y] = [pixel % image.width, Math.floor(pixel / image.width)];
    const threshold = ((BAYER[4 * (y % 4) + (x % 4)] ?? outside()) + 0.5) / 16;
    return step * Math.floor(value / step + threshold);
  });
}
