/**
 * @module
 * The formats of images that are read, and the error of a file that is none of them.
 */
import { invalid } from 'lpips-core';

/** Formats that are read. Where a file has several pages or frames, the first is taken. */
export const IMAGE_FORMATS = ['PNG', 'JPEG', 'WebP', 'AVIF', 'TIFF', 'GIF', 'BMP', 'PPM'] as const;

/** What a damaged file is called, with what the decoder says of it, if anything. */
export function damaged(reason: string | undefined): string {
  return `a damaged or incomplete file${reason === undefined ? '' : ` (${reason})`}`;
}

/**
 * Builds the error of a file that is not read.
 *
 * @param name what messages call the image
 * @param got what the file is instead
 * @param advice what to do about it
 */
export function refusedImage(name: string, got: string, advice = ''): Error {
  const formats = `${IMAGE_FORMATS.slice(0, -1).join(', ')} or ${IMAGE_FORMATS.at(-1)}`;
  return invalid('readImage', `a ${formats} image`, name, got, advice);
}
