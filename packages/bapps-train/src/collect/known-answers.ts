/**
 * @module
 * Trials whose answer is known, made from the reference of any triplet or from any image of a pair. Of a triplet, p0 is the
 * reference with its values moved by one level of 255 here and there, which nobody sees, and p1 the reference blurred and with
 * noise that everybody sees: who looks says p0. Of a pair, both are the same image, or one has the noise.
 */
import { setImmediate } from 'node:timers/promises';
import {
  convolveSeparable,
  cut,
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

/** Rows of a picture that are made at once. Between them the server answers other raters. */
const ROWS = 64;

/** Makes a trial with a known answer from the pictures of an item. */
export async function makeKnownTrial({ ref, p0 }: ItemPictures, random: Random): Promise<KnownTrial> {
  if (ref !== undefined) {
    const near = await inStrips(
      ref,
      0,
      adding(ref, () => LEVEL * (Math.floor(3 * random.uniform()) - 1)),
    );
    return { pictures: { ref, p0: near, p1: await spoil(ref, random) }, known: 'p0' };
  }
  if (random.uniform() < 0.5) return { pictures: { p0, p1: p0 }, known: 'same' };
  return { pictures: { p0, p1: await spoil(p0, random) }, known: 'different' };
}

async function spoil(picture: Raster, random: Random): Promise<Raster> {
  const reach = Math.ceil(3 * BLUR);
  const kernel = gaussianKernel(BLUR, reach);
  const addNoise = adding(picture, () => NOISE * random.normal());
  return await inStrips(picture, reach, (strip, row) => addNoise(convolveSeparable(strip, kernel), row));
}

/** Makes a strip, whose first row is that row of the picture. */
type MakeStrip = (strip: Raster, row: number) => Raster;

/** Adds random numbers to values, which are then as an 8-bit file can hold them. */
function adding({ width, data }: Raster, draw: () => number): MakeStrip {
  const drawn = Float64Array.from({ length: Math.min(MOST_DRAWN, data.length) }, draw);
  return (strip, row) => {
    const start = 3 * width * row;
    return roundToBytes(
      mapSamples(strip, (value, _, index) => value + float64At(drawn, (start + index) % drawn.length)),
    );
  };
}

/** @param reach rows above and below a strip that are needed to make it */
async function inStrips(picture: Raster, reach: number, make: MakeStrip): Promise<Raster> {
  const { width, height } = picture;
  const row = 3 * width;
  const data = new Float32Array(picture.data.length);
  for (let top = 0; top < height; top += ROWS) {
    const [first, end] = [Math.max(0, top - reach), Math.min(height, top + ROWS + reach)];
    const strip = make(cut(picture, 0, first, width, end - first), first);
    const rows = Math.min(ROWS, height - top);
    data.set(strip.data.subarray(row * (top - first), row * (top - first + rows)), row * top);
    await setImmediate();
  }
  return { width, height, data };
}
