/**
 * @module
 * Decodes images of a data set in this thread, with the usual errors.
 */
import { invalid, LpipsError } from 'lpips-core';
import { readStoredPatch } from './decode-levels.js';
import { decodePatches } from './decode-patch.js';
import { type FaultParts, PatchFault, type StoredPatch } from './stored-patch.js';

/**
 * Reads the images of a batch of items, in order.
 *
 * @param paths all first images of the items, then all second ones, then all third ones
 * @param items number of items; the images of an item have the same size
 * @param size height and width that images have, or are scaled to
 * @returns `pixels`: float32 `[paths, size, size, 3]`, rows of RGB in [-1, 1] (`value / 127.5 - 1`); `scaledFrom`: the side of
 *   the first image that was scaled
 * @throws LpipsError if a file is missing, damaged, none of PNG, JPEG, WebP, BMP and PPM, not square, or differs in size from
 *   its partners
 */
export async function readPatches(
  paths: readonly string[],
  items: number,
  size: number,
): Promise<{ pixels: Float32Array; scaledFrom: number | undefined }> {
  const pixels = new Float32Array(paths.length * size * size * 3);
  try {
    return { pixels, scaledFrom: await decodePatches(paths, items, size, pixels) };
  } catch (error) {
    throw error instanceof PatchFault ? refusalOf(error.parts) : error;
  }
}

/**
 * Reads one image in its own size.
 *
 * @throws LpipsError as `readPatches`
 */
export async function readWholePatch(path: string): Promise<StoredPatch> {
  try {
    return await readStoredPatch(path);
  } catch (error) {
    throw error instanceof PatchFault ? refusalOf(error.parts) : error;
  }
}

/** The error for a fault, which a thread passes on in its parts. */
export function refusalOf({ path, requirement, got, advice, said }: FaultParts): LpipsError {
  return said ? new LpipsError(...said) : invalid('readPatch', requirement, path, got, advice);
}

/** What to tell whoever has images of another size than the network is given. */
export function scalingNote(side: number, size: number): string {
  return `images of another size, such as ${side}x${side}, are scaled to ${size}x${size}, as by the official loader.`;
}
