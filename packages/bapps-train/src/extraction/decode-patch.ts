/**
 * @module
 * Decodes the images of a data set into the values that the network takes. As in the official loader, an image of another
 * size is scaled (bilinear with antialiasing).
 *
 * This file imports nothing of TensorFlow.js, which would take a thread longer to load than its first images.
 */
import { byteAt, float32At } from '../typed-reads.js';
import { readStoredPatch } from './decode-levels.js';
import { PatchFault, type StoredPatch } from './stored-patch.js';

const CHANNELS = 3;
/** The value in [-1, 1] of each level. */
const UNIT = Float32Array.from({ length: 256 }, (_, level) => level / 127.5 - 1);

/**
 * Reads the images of a batch of items, in order.
 *
 * @param paths all first images of the items, then all second ones, then all third ones
 * @param items number of items; the images of an item have the same size
 * @param size height and width that images have, or are scaled to
 * @param into float32 `[paths, size, size, 3]`: rows of RGB in [-1, 1] (`value / 127.5 - 1`)
 * @returns the side of the first image that was scaled; undefined if none was
 * @throws PatchFault if a file is missing, damaged, none of PNG, JPEG, WebP, BMP and PPM, not square, larger than 4096x4096,
 *   or differs in size from its partners
 */
export async function decodePatches(
  paths: readonly string[],
  items: number,
  size: number,
  into: Float32Array,
): Promise<number | undefined> {
  const each = size * size * CHANNELS;
  const sides: number[] = []; // those of the first images
  for (const [index, path] of paths.entries()) {
    const side = await decodePatch(path, size, into.subarray(index * each, (index + 1) * each));
    if (index < items) sides.push(side);
    const first = sides[index % items];
    if (side === first) continue;
    const requirement = `${first}x${first} pixels, as ${paths[index % items]} has,`;
    throw new PatchFault(path, requirement, `${side}x${side}`, 'Scale both alike.');
  }
  return sides.find((side) => side !== size);
}

/** @returns the side of the image in its file */
async function decodePatch(path: string, size: number, into: Float32Array): Promise<number> {
  const { width, height, channels, levels } = await readStoredPatch(path);
  if (width !== height) {
    throw new PatchFault(path, 'a square image', `${width}x${height}`, 'Crop it, and its partners alike.');
  }
  if (width === size) fill(into, levels, channels);
  else fill(into, await scaled({ width, height, channels, levels }, size), CHANNELS);
  return width;
}

async function scaled({ width, height, channels, levels }: StoredPatch, size: number): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp'); // most data sets do not need it
  return await sharp(levels, { raw: { width, height, channels } })
    .removeAlpha()
    .resize({ width: size, height: size, fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer();
}

/** Converts the first three levels of each pixel. */
function fill(into: Float32Array, levels: Uint8Array, step: number): void {
  const [levelAt, valueAt] = [byteAt, float32At];
  for (let from = 0, to = 0; to < into.length; from += step) {
    for (let c = 0; c < CHANNELS; c++, to++) into[to] = valueAt(UNIT, levelAt(levels, from + c));
  }
}
