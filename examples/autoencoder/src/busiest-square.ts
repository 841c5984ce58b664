/**
 * @module
 * The part of a picture that has the most to see: the square in which luma changes most from pixel to pixel.
 */
import { cut, luma, type Raster } from 'lpips-pictures';

/** Squares begin at multiples of this many pixels, and their sides are such multiples. */
const CELL = 8;

/**
 * Finds the square, whose side is at most `side` pixels and at least 8.
 *
 * @returns a function that cuts this square out of any picture of the same size
 */
export function busiestSquare(picture: Raster, side: number): (other: Raster) => Raster {
  const columns = Math.floor(picture.width / CELL);
  const rows = Math.floor(picture.height / CELL);
  const cells = cellChanges(picture, columns, rows);
  const size = Math.max(1, Math.min(Math.floor(side / CELL), columns, rows));
  let best = { left: 0, top: 0, change: Number.NEGATIVE_INFINITY };
  for (let top = 0; top + size <= rows; top++) {
    for (let left = 0; left + size <= columns; left++) {
      let change = 0;
      for (let y = top; y < top + size; y++) {
        for (let x = left; x < left + size; x++) change += cells[y * columns + x] ?? 0;
      }
      if (change > best.change) best = { left, top, change };
    }
  }
  return (other) => cut(other, best.left * CELL, best.top * CELL, size * CELL, size * CELL);
}

/** How much luma changes within each cell, from left to right and downwards. */
function cellChanges(picture: Raster, columns: number, rows: number): Float64Array {
  const { width } = picture;
  const grey = luma(picture);
  const cells = new Float64Array(columns * rows);
  for (let y = 1; y < rows * CELL; y++) {
    for (let x = 1; x < columns * CELL; x++) {
      const here = grey[y * width + x] ?? 0;
      const change =
        Math.abs(here - (grey[y * width + x - 1] ?? 0)) + Math.abs(here - (grey[(y - 1) * width + x] ?? 0));
      const cell = Math.floor(y / CELL) * columns + Math.floor(x / CELL);
      cells[cell] = (cells[cell] ?? 0) + change;
    }
  }
  return cells;
}
