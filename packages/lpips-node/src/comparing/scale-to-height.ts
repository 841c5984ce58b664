/**
 * @module
 * Images at a reference height, and when to advise one. The heads of LPIPS were calibrated on patches of 64x64, so that distances of
 * much larger images weigh fine detail more than people do who see the whole; their authors advise to scale such images.
 */
import type { ImageSize } from 'lpips-core';
import type { SizedImage } from './compare-images.js';

/** Height and width of the patches on which heads were calibrated. */
const PATCH_SIDE = 64;
/** From so many times that side on, a comparison is worth a note. */
const FAR_LARGER = 16;

/** An image that is read at a height, its aspect kept; as it is without one. */
export function scaledToHeight(image: SizedImage, height: number | undefined): SizedImage {
  if (height === undefined) return image;
  const size = { width: Math.max(1, Math.round((image.size.width * height) / image.size.height)), height };
  return { ...image, size, reading: { ...image.reading, size } };
}

/** What to tell whoever compares images of this size as they are; undefined where they are not far larger than patches. */
export function noteOfLargeImages({ width, height }: ImageSize): string | undefined {
  if (Math.min(width, height) <= FAR_LARGER * PATCH_SIDE) return undefined;
  return (
    `images of ${width}x${height} are far larger than the ${PATCH_SIDE}x${PATCH_SIDE} of the calibration, so fine detail counts for ` +
    'more than it does to people. --scale 256 compares at a height of 256.'
  );
}
