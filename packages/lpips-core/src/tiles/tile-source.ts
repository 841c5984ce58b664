/**
 * @module
 * A picture that is read in rectangles, and a tensor as one.
 */
import { slice, type Tensor4D } from '@tensorflow/tfjs-core';
import { checkImages, checkTensor } from '../check-images.js';
import { checkNumber, kindOf } from '../check-options.js';
import { invalid } from '../errors.js';
import type { ValueRange } from '../operations/scale-images.js';
import { lengthOf, type Span } from './tile-geometry.js';

/** A picture that is read in rectangles. */
export interface TileSource {
  readonly height: number;
  readonly width: number;
  /**
   * @returns float32 `[1, height, width, 3]` (or 1, greyscale) of these rows and columns, in the `range` of the comparison, or
   *   int32 with range `[0, 255]`; the comparison disposes it
   */
  read(rows: Span, columns: Span): Promise<Tensor4D>;
}

/**
 * A tensor as a source.
 *
 * @param image `[1, height, width, 3]` (or 1, greyscale); not disposed
 * @throws LpipsError for what is no tensor `[1, height, width, channels]`
 */
export function tensorSource(image: Tensor4D): TileSource {
  checkTensor('tensorSource', 'image', '[1, height, width, 3]', image);
  const [batch, height, width, channels] = image.shape;
  if (image.rank !== 4 || batch !== 1) {
    const advice = 'Take one image of the batch.';
    throw invalid('tensorSource', '[1, height, width, 3]', 'image', `[${image.shape.join(', ')}]`, advice);
  }
  return {
    height,
    width,
    read: async (rows, columns) =>
      slice(image, [0, rows.start, columns.start, 0], [1, lengthOf(rows), lengthOf(columns), channels]),
  };
}

/**
 * @param smallest least height and width that the backbone can take
 * @throws LpipsError unless both are sources of tiles, of one size that is large enough
 */
export function checkSources(
  where: string,
  image: TileSource,
  reference: TileSource,
  smallest: number,
): void {
  for (const [argument, source] of Object.entries({ image, reference })) {
    if (typeof (source as Partial<TileSource> | undefined)?.read !== 'function') {
      const advice = 'It reads rectangles of a picture.';
      throw invalid(where, 'an object with height, width and read', argument, kindOf(source), advice);
    }
    checkNumber(where, `${argument}.height`, source.height, { least: smallest, isWhole: true });
    checkNumber(where, `${argument}.width`, source.width, { least: smallest, isWhole: true });
  }
  if (image.height === reference.height && image.width === reference.width) return;
  const got = `${reference.height}x${reference.width}`;
  const advice = 'Resize one to the size of the other.';
  throw invalid(where, `${image.height}x${image.width} pixels as the image`, 'reference', got, advice);
}

/**
 * @param argument what messages call the source
 * @param crop what it gave for these rows and columns
 * @throws LpipsError unless it is one image of this size, in a type that the range allows
 */
export function checkCrop(
  where: string,
  argument: string,
  crop: Tensor4D,
  rows: Span,
  columns: Span,
  range: ValueRange,
): void {
  const name = `what ${argument}.read gives`;
  checkImages(where, name, crop, range, 1);
  const [height, width] = [lengthOf(rows), lengthOf(columns)];
  const [batch, cropHeight, cropWidth] = crop.shape;
  if (batch === 1 && cropHeight === height && cropWidth === width) return;
  const advice = 'It gives the rows and columns that it is asked for, the end left out.';
  throw invalid(where, `[1, ${height}, ${width}, 3]`, name, `[${crop.shape.join(', ')}]`, advice);
}
