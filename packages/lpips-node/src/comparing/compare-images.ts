/**
 * @module
 * Comparing two images: whether they fit the metric and each other, and how far apart they are.
 */
import { getBackend, type Tensor4D } from '@tensorflow/tfjs-core';
import { checkImageRange, type Features, type ImageSize, invalid, type Lpips } from 'lpips-core';
import type { BackendName } from '../backends/candidates.js';
import type { ImageTiles } from '../images/open-tiles.js';
import { openTiles, type ReadImageOptions, readImage } from '../images/read-image.js';
import { tilesFor } from '../images/size-limit.js';
import { takeNumber } from './take-values.js';

/** How an image file becomes pixels. A `size` is one to which it is scaled, whatever it is compared with. */
export type Reading = Pick<ReadImageOptions, 'background' | 'ignoreProfile' | 'size'>;

/** An image file, its size as it is read, and how it is read. */
export interface SizedImage {
  readonly path: string;
  readonly size: ImageSize;
  readonly reading?: Reading;
}

/** An image and what it should look like. */
export interface ImagePair {
  readonly image: SizedImage;
  readonly reference: SizedImage;
}

/**
 * @param where the command or function that refuses, as its user knows it
 * @throws LpipsError where an image is too small for the net, or the memory does not hold a tile of it
 */
export function checkFits(
  where: string,
  { path, size }: SizedImage,
  lpips: Lpips,
  backend: BackendName,
): void {
  const { width, height } = size;
  if (Math.min(width, height) < lpips.smallestSize) {
    const side = lpips.smallestSize;
    const advice = 'Enlarge it, or use a net with fewer poolings.';
    const requirement = `at least ${side}x${side} pixels for ${lpips.net}`;
    throw invalid(where, requirement, path, `${width}x${height}`, advice);
  }
  tilesFor(lpips.net, backend, size);
}

/**
 * @param where the command or function that refuses, as its user knows it
 * @throws LpipsError where an image has another size than its reference
 */
export function checkSameSize(where: string, image: SizedImage, reference: SizedImage): void {
  if (isSameSize(image.size, reference.size)) return;
  const requirement = `${sizeOf(reference)} pixels, as ${reference.path} has,`;
  throw invalid(where, requirement, image.path, sizeOf(image), 'Scale one of them, or pass --resize.');
}

/** Reads an image, and scales it where it has another size. */
export function readAtSize(image: SizedImage, size: ImageSize): Promise<Tensor4D> {
  return readImage(image.path, { ...image.reading, ...(!isSameSize(image.size, size) && { size }) });
}

/** Opens an image to be read in tiles, and scales it where it has another size. */
export function openAtSize(image: SizedImage, size: ImageSize): Promise<ImageTiles> {
  return openTiles(image.path, { ...image.reading, ...(!isSameSize(image.size, size) && { size }) });
}

/**
 * The tiles in which images of this size are compared on the current backend, or undefined where they are compared whole.
 */
export function tilesHere(lpips: Lpips, size: ImageSize): { side: number } | undefined {
  return tilesFor(lpips.net, getBackend() as BackendName, size);
}

/**
 * Features of an image. The image is disposed; the caller disposes the features.
 *
 * @throws LpipsError for values that are not finite or lie outside [-1, 1]
 */
export async function makeFeatures(lpips: Lpips, image: Tensor4D): Promise<Features> {
  try {
    await checkImageRange('features', 'image', image);
    return lpips.features(image, { range: [-1, 1] });
  } finally {
    image.dispose();
  }
}

/** Distance of two images by their features, which are not disposed. */
export function compareFeatures(lpips: Lpips, image: Features, reference: Features): Promise<number> {
  return takeNumber(lpips.distance(image, reference));
}

/** Number of pixels of an image. */
export function pixelsOf({ size }: SizedImage): number {
  return size.width * size.height;
}

/** Size of the image that has the most pixels. */
export function largestOf(images: readonly SizedImage[]): ImageSize {
  return images.reduce((largest, image) => (pixelsOf(image) > pixelsOf(largest) ? image : largest)).size;
}

function isSameSize(a: ImageSize, b: ImageSize): boolean {
  return a.width === b.width && a.height === b.height;
}

function sizeOf({ size }: SizedImage): string {
  return `${size.width}x${size.height}`;
}
