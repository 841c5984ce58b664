/**
 * @module
 * An image of a data set in this thread, with errors as everywhere.
 */
import { invalid, type LpipsError } from 'lpips-core';
import { decodePatch, PatchFault } from './decode-patch.js';

/**
 * Reads an image into a place of a batch.
 *
 * @param size height and width that it must have, or be scaled to
 * @param into float32, `size * size * 3` values of it are set: rows of RGB in [-1, 1] (`value / 127.5 - 1`)
 * @throws LpipsError where the file is missing, damaged, no PNG or not square
 */
export async function readPatch(path: string, size: number, into: Float32Array): Promise<void> {
  try {
    await decodePatch(path, size, into);
  } catch (error) {
    throw error instanceof PatchFault ? refusalOf(error) : error;
  }
}

/** The error of a fault, also of one that came from a thread in its parts. */
export function refusalOf({
  path,
  requirement,
  got,
  advice,
}: Pick<PatchFault, 'path' | 'requirement' | 'got' | 'advice'>): LpipsError {
  return invalid('readPatch', requirement, path, got, advice);
}
