/**
 * @module
 * Reads an image for a comparison and paints over what is masked.
 */
import type { CheckedOptions } from './look-options.js';
import { type ReadImage, readLookable } from './lookable-image.js';
import { paintOver } from './regions.js';

/**
 * @param where the matcher that reads
 * @param name what messages call an image that is no path
 * @returns the image, whose tensor the caller disposes
 * @throws LpipsError as `readLookable`
 */
export async function readMasked(
  where: string,
  name: string,
  image: unknown,
  options: CheckedOptions,
): Promise<ReadImage> {
  return await paintOver(await readLookable(where, name, image, options), options.mask);
}
