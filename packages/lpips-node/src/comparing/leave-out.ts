/**
 * @module
 * Images that cannot be read are left out of a comparison of many, with the reason, and do not end it.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { type ImageSize, LpipsError } from 'lpips-core';
import { type ImageTiles, MOST_TILED_PIXELS } from '../images/open-tiles.js';
import { inspectImage } from '../images/read-image.js';
import { openAtSize, readAtSize, type SizedImage } from './compare-images.js';

/** A file that is not compared, and why. */
export interface LeftOutPath {
  readonly path: string;
  readonly reason: string;
}

/** @returns the size of an image, or undefined where it cannot be read, which is added to `leftOut` */
export function inspectOrLeaveOut(path: string, leftOut: LeftOutPath[]): Promise<ImageSize | undefined> {
  return orLeaveOut(path, leftOut, () => inspectImage(path, { maxPixels: MOST_TILED_PIXELS }));
}

/**
 * Reads an image as `readAtSize` does.
 *
 * @returns undefined where it cannot be read, which is added to `leftOut`
 */
export function readOrLeaveOut(
  image: SizedImage,
  size: ImageSize,
  leftOut: LeftOutPath[],
): Promise<Tensor4D | undefined> {
  return orLeaveOut(image.path, leftOut, () => readAtSize(image, size));
}

/**
 * Opens an image as `openAtSize` does.
 *
 * @returns undefined where it cannot be read, which is added to `leftOut`
 */
export function openOrLeaveOut(
  image: SizedImage,
  size: ImageSize,
  leftOut: LeftOutPath[],
): Promise<ImageTiles | undefined> {
  return orLeaveOut(image.path, leftOut, () => openAtSize(image, size));
}

/** An image that is read several times is added once. */
async function orLeaveOut<Result>(
  path: string,
  leftOut: LeftOutPath[],
  read: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof LpipsError)) throw error;
    if (!leftOut.some((other) => other.path === path)) leftOut.push({ path, reason: error.message });
    return undefined;
  }
}
