/**
 * @module
 * How large an image may be if it is to become a tensor.
 */
import { kindOf } from '../check-options.js';
import { invalid } from '../errors.js';

/** Images with more pixels than this are refused: 1.2 GB as float32. */
export const DEFAULT_MAX_PIXELS = 100_000_000;

/** Width and height in pixels, as shown: after EXIF orientation. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/**
 * @param name what messages call the image
 * @throws LpipsError if the image has more than `maxPixels` pixels
 */
export function checkPixelCount(
  where: string,
  name: string,
  { width, height }: ImageSize,
  maxPixels: number,
): void {
  if (width * height <= maxPixels) return;
  const limit = `at most ${maxPixels.toLocaleString('en-US')} pixels`;
  const got = `${width} x ${height} = ${(width * height).toLocaleString('en-US')}`;
  throw invalid(where, limit, name, got, 'Scale it down or crop it first.');
}

/** @throws LpipsError unless an image can be scaled to this size */
export function checkTargetSize(where: string, size: ImageSize, maxPixels: number): void {
  if (typeof size !== 'object' || size === null) {
    throw invalid(where, 'an object of width and height', 'size', kindOf(size));
  }
  const { width, height } = size;
  const isWhole = [width, height].every((side) => Number.isSafeInteger(side) && side >= 1);
  if (isWhole && width * height <= maxPixels) return;
  const requirement = `a whole width and height of at least 1, and at most ${maxPixels.toLocaleString('en-US')} pixels in all,`;
  throw invalid(where, requirement, 'size', `${width} x ${height}`, 'Choose another.');
}
