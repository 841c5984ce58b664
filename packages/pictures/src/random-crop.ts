/**
 * @module
 * Square patches of photographs, at any place and scale.
 */
import { invalid } from 'lpips-core';
import { checkPixels, checkRandom, checkSide } from './check-arguments.js';
import type { RgbPixels } from './image-pixels.js';
import { outside } from './outside.js';
import { choose, type Random, wholeBetween } from './random.js';
import { type Raster, roundToBytes } from './raster.js';
import { resizeRows } from './resize.js';

/** Height and width of a patch unless another is asked for, in pixels. */
export const SIDE = 64;
/** The samples in [0, 1] that bytes stand for. */
const SAMPLES = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/**
 * A square crop at a random scale, mirrored half of the time.
 *
 * @param photographs at least `patchSide` pixels wide and high
 * @param patchSide height and width of the crop, in pixels; the photographs have as many at least
 * @returns `patchSide` x `patchSide` pixels of 8-bit values
 * @throws LpipsError for a side that a photograph does not have, and for arguments of another kind
 */
export function randomCrop(
  photographs: readonly RgbPixels[],
  random: Random,
  patchSide: number = SIDE,
): Raster {
  return drawCrop(photographs, random, patchSide)();
}

/**
 * Draws where a random crop lies, without making it.
 *
 * @param patchSide height and width of the crop, in pixels
 * @returns a function that makes the crop, for callers that need few of the crops that they draw
 * @throws LpipsError for a side that a photograph does not have, and for arguments of another kind
 */
export function drawCrop(
  photographs: readonly RgbPixels[],
  random: Random,
  patchSide: number = SIDE,
): () => Raster {
  checkRandom('drawCrop', random);
  checkSide('drawCrop', 'patchSide', patchSide);
  const photograph = choose(random, photographs);
  checkPixels('drawCrop', 'photographs', photograph);
  const largest = Math.min(photograph.width, photograph.height);
  if (largest < patchSide) {
    throw invalid('drawCrop', `a side of at most ${largest} pixels`, 'patchSide', `${patchSide}`);
  }
  const side = Math.round(patchSide * (largest / patchSide) ** random.uniform());
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
    return roundToBytes(resizeRows({ width: side, height: side, row }, patchSide, patchSide, 'linear'));
  };
}
