/**
 * @module
 * Square patches of photographs, at any place and scale.
 */
import { checkPixels, checkRandom } from './check-arguments.js';
import type { RgbPixels } from './image-pixels.js';
import { outside } from './outside.js';
import { choose, type Random, wholeBetween } from './random.js';
import { type Raster, roundToBytes } from './raster.js';
import { resize } from './resize.js';

/** Height and width of a patch, in pixels. */
export const SIDE = 64;

/**
 * A square crop at a random scale, mirrored half of the time.
 *
 * @param photographs at least `SIDE` pixels wide and high
 * @returns `SIDE` x `SIDE` pixels of 8-bit values
 */
export function randomCrop(photographs: readonly RgbPixels[], random: Random): Raster {
  return drawCrop(photographs, random)();
}

/**
 * Draws where a random crop lies, without making it.
 *
 * @returns a function that makes the crop, for callers that need few of the crops that they draw
 */
export function drawCrop(photographs: readonly RgbPixels[], random: Random): () => Raster {
  checkRandom('drawCrop', random);
  const photograph = choose(random, photographs);
  checkPixels('drawCrop', 'photographs', photograph);
  const largest = Math.min(photograph.width, photograph.height);
  const side = Math.round(SIDE * (largest / SIDE) ** random.uniform());
  const left = wholeBetween(random, 0, photograph.width - side);
  const top = wholeBetween(random, 0, photograph.height - side);
  const isMirrored = random.uniform() < 0.5;
  return () => {
    const data = new Float32Array(side * side * 3);
    for (let y = 0, to = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const column = left + (isMirrored ? side - 1 - x : x);
        const from = 3 * ((top + y) * photograph.width + column);
        for (let c = 0; c < 3; c++) data[to++] = (photograph.data[from + c] ?? outside()) / 255;
      }
    }
    return roundToBytes(resize({ width: side, height: side, data }, SIDE, SIDE, 'linear'));
  };
}
