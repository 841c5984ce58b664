/**
 * @module
 * Square patches of photographs, at any place and scale.
 */
import { checkPixels, checkRandom } from './check-arguments.js';
import type { RgbPixels } from './image-pixels.js';
import { outside } from './outside.js';
import { choose, type Random, wholeBetween } from './random.js';
import { type Raster, roundToBytes } from './raster.js';
import { resizeRows } from './resize.js';

/** Height and width of a patch, in pixels. */
export const SIDE = 64;
/** The samples in [0, 1] that bytes stand for. */
const SAMPLES = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

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
    const { data: bytes, width } = photograph;
    const step = isMirrored ? -3 : 3;
    const samples = new Float32Array(3 * side);
    const row = (y: number) => {
      let from = 3 * ((top + y) * width + left + (isMirrored ? side - 1 : 0));
      for (let to = 0; to < samples.length; to += 3, from += step) {
        samples[to] = SAMPLES[bytes[from] ?? outside()] ?? outside();
        samples[to + 1] = SAMPLES[bytes[from + 1] ?? outside()] ?? outside();
        samples[to + 2] = SAMPLES[bytes[from + 2] ?? outside()] ?? outside();
      }
      return samples;
    };
    return roundToBytes(resizeRows({ width: side, height: side, row }, SIDE, SIDE, 'linear'));
  };
}
