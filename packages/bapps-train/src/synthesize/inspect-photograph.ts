/**
 * @module
 * A photograph's file before patches are cut from it: large enough, and told from others by its bytes.
 */
import { invalid } from 'lpips-core';
import { inspectImage } from 'lpips-node';
import { sha256OfFile } from 'lpips-node/files';

/** Size in pixels, and digest of the file. */
export interface InspectedPhotograph {
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
}

/**
 * Opens a photograph's header.
 *
 * @param side of the patches, in pixels
 * @param where function that refuses, as its caller knows it
 * @throws LpipsError where it is unreadable or smaller than a patch
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
