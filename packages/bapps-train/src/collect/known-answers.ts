/**
 * @module
 * Trials whose answer is known, made from the reference of any triplet or from any image of a pair. Of a triplet, p0 is the
 * reference with its values moved by one level of 255 here and there, which nobody sees, and p1 the reference blurred and with
 * noise that everybody sees: who looks says p0. Of a pair, both are the same image, or one has the noise.
 */
import {
  convolveSeparable,
  gaussianKernel,
  mapSamples,
  type Random,
  type Raster,
  roundToBytes,
} from 'lpips-pictures';
import { float64At } from '../typed-reads.js';
import type { ItemPictures } from '../votes/item-pictures.js';
import type { Answer } from '../votes/vote-records.js';

/** Standard deviation of the noise that everybody sees, of values in [0, 1]. */
const NOISE = 0.25;
/** Standard deviation of the blur in pixels. */
const BLUR = 1.5;
const LEVEL = 1 / 255;
/**
 * Random numbers for one picture, which are repeated where it has more values: to draw one for each takes seconds on large
 * photographs, while raters wait. It is prime, so that no width of a picture is a multiple of it and the numbers do not line up.
 */
const MOST_DRAWN = 65_537;

/** Pictures with the answer that everybody gives. */
export interface KnownTrial {
  readonly pictures: ItemPictures;
  readonly known: Answer;
}

/** Makes a trial with a known answer from the pictures of an item. */
export function makeKnownTrial({ ref, p0 }: ItemPictures, random: Random): KnownTrial {
  if (ref !== undefined) {
    const near = addRandom(ref, () => LEVEL * (Math.floor(3 * random.uniform()) - 1));
    return { pictures: { ref, p0: near, p1: spoil(ref, random) }, known: 'p0' };
  }
  if (random.uniform() < 0.5) return { pictures: { p0, p1: p0 }, known: 'same' };
  return { pictures: { p0, p1: spoil(p0, random) }, known: 'different' };
}

function spoil(picture: Raster, random: Random): Raster {
  const blurred = convolveSeparable(picture, gaussianKernel(BLUR, Math.ceil(3 * BLUR)));
  return addRandom(blurred, () => NOISE * random.normal());
}

function addRandom(picture: Raster, draw: () => number): Raster {
  const drawn = Float64Array.from({ length: Math.min(MOST_DRAWN, picture.data.length) }, draw);
  return roundToBytes(
    mapSamples(picture, (value, _, index) => value + float64At(drawn, index % drawn.length)),
  );
}
