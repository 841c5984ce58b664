/**
 * @module
 * Features of images that nobody needs afterwards.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Features, Lpips } from 'lpips-core';

/**
 * As `lpips.features`, and disposes the images, even if that throws.
 *
 * @param images float32 `[batch, height, width, 3]`, RGB, in [-1, 1]
 * @returns features for this `Lpips` alone; the caller disposes
 */
export function featuresOf(lpips: Lpips, images: Tensor4D): Features {
  try {
    return lpips.features(images);
  } finally {
    images.dispose();
  }
}
