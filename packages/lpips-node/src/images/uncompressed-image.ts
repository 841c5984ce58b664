/**
 * @module
 * An image of a format that stores its pixels as they are.
 */
import type { DecodedPixels, ImageSize } from 'lpips-core';

/** An uncompressed image whose header was read. */
export interface UncompressedImage {
  readonly size: ImageSize;
  /** @throws LpipsError where the pixels are not all there */
  decode(): DecodedPixels;
}
