/**
 * @module
 * Square patches of a photograph, at any place and scale.
 */
import { inspectImage, readImage } from 'lpips-node';
import {
  between,
  cut,
  fromSamples,
  type Random,
  type Raster,
  resize,
  roundToBytes,
  wholeBetween,
} from 'lpips-pictures';

/** Side of a patch of BAPPS, in pixels. */
export const PATCH_SIDE = 64;
/** Largest side of a patch; a photograph is scaled down to somewhat more. */
export const LARGEST_SIDE = 512;
/** Shorter sides above this are scaled down to it before patches are cut: more would be sky and wall. */
const LONGEST_SHORT_SIDE = 640;
/** Patches whose standard deviation is less are too flat to judge. */
const FLAT = 0.03;
const TRIES = 8;

/**
 * Reads a photograph.
 *
 * @throws LpipsError where it is damaged
 */
export async function readPhotograph(path: string): Promise<Raster> {
  const size = await inspectImage(path);
  const scale = Math.min(1, LONGEST_SHORT_SIDE / Math.min(size.width, size.height));
  const width = Math.round(size.width * scale);
  const height = Math.round(size.height * scale);
  const tensor = await readImage(path, scale < 1 ? { size: { width, height } } : {});
  try {
    return fromSamples(await tensor.data(), width, height);
  } finally {
    tensor.dispose();
  }
}

/**
 * Cuts a square at random and scales it to a patch; squares of all sizes are equally likely by their logarithms.
 *
 * @param patchSide of the patch, in pixels; the photograph has as many at least
 * @returns 8-bit values
 */
export function cutPatch(photograph: Raster, random: Random, patchSide = PATCH_SIDE): Raster {
  const { width, height } = photograph;
  const largest = Math.min(width, height) / patchSide;
  let patch = photograph;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const side = Math.round(patchSide * largest ** between(random, 0, 1));
    const square = cut(
      photograph,
      wholeBetween(random, 0, width - side),
      wholeBetween(random, 0, height - side),
      side,
      side,
    );
    patch = roundToBytes(resize(square, patchSide, patchSide, 'lanczos'));
    if (deviation(patch) >= FLAT) break;
  }
  return patch;
}

function deviation({ data }: Raster): number {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  return Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
}
