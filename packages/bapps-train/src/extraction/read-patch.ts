/**
 * @module
 * Decodes images of a data set in this thread, with the usual errors.
 */
import { invalid, type LpipsError } from 'lpips-core';
import { decodePatches, PatchFault } from './decode-patch.js';

/**
 * Reads the images of a batch of items, in order.
 *
 * @param paths all first images of the items, then all second ones, then all third ones
 * @param items number of items; the images of an item have the same size
 * @param size height and width that images have, or are scaled to
 * @returns float32 `[paths, size, size, 3]`: rows of RGB in [-1, 1] (`value / 127.5 - 1`)
 * @throws LpipsError if a file is missing, damaged, not a PNG, not square, or differs in size from its partners
 */
export async function readPatches(
  paths: readonly string[],
  items: number,
  size: number,
): Promise<Float32Array> {
  const pixels = new Float32Array(paths.length * size * size * 3);
  try {
    await decodePatches(paths, items, size, pixels);
    return pixels;
  } catch (error) {
    throw error instanceof PatchFault ? refusalOf(error) : error;
  }
}

/** The error for a fault, which a thread passes on in its parts. */
export function refusalOf({
  path,
  requirement,
  got,
  advice,
}: Pick<PatchFault, 'path' | 'requirement' | 'got' | 'advice'>): LpipsError {
  return invalid('readPatch', requirement, path, got, advice);
}
