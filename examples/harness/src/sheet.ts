/**
 * @module
 * Many pictures of one size as one: rows of them from left to right.
 */
import { at } from 'lpips-core';
import { type Raster, type RgbPixels, toBytes } from 'lpips-pictures';

/** Samples of a pixel. */
const SAMPLES = 3;

/**
 * Lays out pictures in rows.
 *
 * @param rows all pictures are of one size, all rows of one length; at least one
 * @param gap pixels between two pictures, which stay black
 * @throws RangeError where the sizes or lengths differ
 */
export function layOut(rows: readonly (readonly Raster[])[], gap = 0): RgbPixels {
  const { width, height } = at(at(rows, 0), 0);
  const columns = at(rows, 0).length;
  const sheet = {
    width: columns * (width + gap) - gap,
    height: rows.length * (height + gap) - gap,
  };
  const data = new Uint8Array(sheet.width * sheet.height * SAMPLES);
  for (const [row, pictures] of rows.entries()) {
    if (pictures.length !== columns)
      throw new RangeError(`layOut: expected ${columns} pictures in row ${row}`);
    for (const [column, picture] of pictures.entries()) {
      if (picture.width !== width || picture.height !== height) {
        throw new RangeError(`layOut: expected ${width} x ${height} pixels in row ${row}`);
      }
      const bytes = toBytes(picture);
      for (let y = 0; y < height; y++) {
        const line = bytes.subarray(y * width * SAMPLES, (y + 1) * width * SAMPLES);
        data.set(line, ((row * (height + gap) + y) * sheet.width + column * (width + gap)) * SAMPLES);
      }
    }
  }
  return { ...sheet, data };
}
