/**
 * @module
 * Observers who care about other things than the people that LPIPS was calibrated on. A botanist looks at the shape of
 * a plant and ignores that a print is darker, flatter, yellowed or grainy. So a botanist sees the luma of an image,
 * slightly blurred, without its mean and contrast. The distance of two images is the root mean squared difference:
 *
 *     s(x) = (G * x − mean) / deviation,     d(x, y) = √(1/n Σ (s(x) − s(y))²)
 *
 * The botanists vote by this distance, with noise. In a real project people vote, and their votes are in the same files.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { drawVotes, preference, scanTriplets, serializeNpy, VOTES } from 'bapps-train';
import { at } from 'lpips-core';
import {
  convolveSeparable,
  fromBytes,
  gaussianKernel,
  luma,
  type Raster,
  seededRandom,
} from 'lpips-pictures';
import sharp from 'sharp';

/** Standard deviation of the blur in pixels; finer detail is grain. */
const BLUR = 1.5;
/** Added to the standard deviation, so that a patch without shapes has none rather than amplified noise. */
const FLAT = 1e-3;
/** Noise of the votes, as in `synthesize`. */
const NOISE = 0.3;

/** Distance of two images of the same size for a botanist: 0 for the same shapes, about √2 for unrelated ones. */
export function shapeDistance(image: Raster, reference: Raster): number {
  const [x, y] = [shapeOf(image), shapeOf(reference)];
  const sum = x.reduce((total, value, index) => total + (value - at(y, index)) ** 2, 0);
  return Math.sqrt(sum / x.length);
}

/**
 * Replaces the judgements of a data set by those of botanists.
 *
 * @param data folder that `synthesize` made
 */
export async function judgeAsBotanists(
  data: string,
  seed: number,
  onProgress: (done: number) => void = () => undefined,
): Promise<void> {
  const random = seededRandom(seed);
  let done = 0;
  for (const split of ['train', 'val'] as const) {
    for (const { items } of await scanTriplets(data, split)) {
      for (const { ref, p0, p1 } of items) {
        const [reference, left, right] = await Promise.all([readRaster(ref), readRaster(p0), readRaster(p1)]);
        const [d0, d1] = [shapeDistance(left, reference), shapeDistance(right, reference)];
        const judge = drawVotes(preference(d0, d1, NOISE), VOTES[split], random);
        const name = `${basename(ref, '.png')}.npy`;
        const bytes = serializeNpy({ shape: [1], data: Float32Array.of(judge) });
        await writeFile(join(dirname(dirname(ref)), 'judge', name), bytes);
        onProgress(++done);
      }
    }
  }
}

function shapeOf(image: Raster): Float32Array {
  const grey = luma(convolveSeparable(image, gaussianKernel(BLUR, Math.ceil(3 * BLUR))));
  const mean = grey.reduce((sum, value) => sum + value, 0) / grey.length;
  const variance = grey.reduce((sum, value) => sum + (value - mean) ** 2, 0) / grey.length;
  const deviation = Math.sqrt(variance) + FLAT;
  return grey.map((value) => (value - mean) / deviation);
}

async function readRaster(path: string): Promise<Raster> {
  const { data, info } = await sharp(await readFile(path))
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return fromBytes(data, info.width, info.height);
}
