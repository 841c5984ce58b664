/**
 * @module
 * Checks the file of a photograph before patches are cut from it: its size, and its digest.
 */
import { invalid } from 'lpips-core';
import { inspectImage } from 'lpips-node';
import { sha256OfFile } from 'lpips-node/files';

/** Size in pixels, and sha256 of the file. */
export interface InspectedPhotograph {
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
}

/**
 * Reads the header of a photograph and the digest of its file.
 *
 * @param side of the patches, in pixels
 * @param where function that refuses, as its caller knows it
 * @throws LpipsError if it is unreadable or smaller than a patch
 */
export async function inspectPhotograph(
  path: string,
  side: number,
  where: string,
): Promise<InspectedPhotograph> {
  const { width, height } = await inspectImage(path);
  if (Math.min(width, height) < side) {
    throw invalid(where, `at least ${side}x${side} pixels`, path, `${width}x${height}`, 'Leave it out.');
  }
  return { width, height, sha256: await sha256OfFile(path) };
}
