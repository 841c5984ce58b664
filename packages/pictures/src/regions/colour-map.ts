/**
 * @module
 * Whether two pictures have the same structure in other colours: each pixel x of one follows from the same pixel y of the
 * other by one affine map, x ≈ M y + t, and the other way round. Where a text, an icon or a ground gets another colour, its
 * smoothed edges are blends of the new colours as they were of the old ones, which such a map keeps.
 */
import type { RgbPixels } from '../image-pixels.js';
import { outside } from '../outside.js';
import type { Box } from './box.js';

/** Part of the squared difference of the pictures that such a map may leave. */
const LEFT = 0.1;
/** More pixels do not make the fit better. */
const MOST_PIXELS = 65_536;
/** Keeps the fit defined where there are fewer than four colours; small beside the variance of one level. */
const RIDGE = 1e-3;

/**
 * @param image 8-bit pixels of the picture
 * @param reference of the same size
 * @param box the rectangle that is compared
 * @returns false for equal pixels
 */
export function isRecoloured(image: RgbPixels, reference: RgbPixels, box: Box): boolean {
  const [x, y] = pixelsIn(image, reference, box);
  let difference = 0;
  for (let i = 0; i < x.length; i++) difference += ((x[i] ?? outside()) - (y[i] ?? outside())) ** 2;
  if (difference === 0) return false;
  return unexplained(x, y) <= LEFT * difference && unexplained(y, x) <= LEFT * difference;
}

/** The levels of both pictures inside the box, RGB; of a large one, those of every so many pixels. */
function pixelsIn(image: RgbPixels, reference: RgbPixels, box: Box): readonly [Float64Array, Float64Array] {
  const area = box.width * box.height;
  const step = Math.ceil(area / MOST_PIXELS);
  const count = Math.ceil(area / step);
  const x = new Float64Array(count * 3);
  const y = new Float64Array(count * 3);
  for (let i = 0; i < count; i++) {
    const pixel = i * step;
    const row = box.y + Math.floor(pixel / box.width);
    const from = (row * reference.width + box.x + (pixel % box.width)) * 3;
    for (let c = 0; c < 3; c++) {
      x[i * 3 + c] = image.data[from + c] ?? outside();
      y[i * 3 + c] = reference.data[from + c] ?? outside();
    }
  }
  return [x, y];
}

/** What the best affine map of `from` leaves of `to`: the sum of squares, by least squares on centred values. */
function unexplained(to: Float64Array, from: Float64Array): number {
  const [toMean, fromMean] = [means(to), means(from)];
  const own = new Float64Array(9); // covariances of `from`, times the number of pixels
  const both = new Float64Array(9); // those of `from` with `to`
  for (let i = 0; i < from.length; i += 3) {
    for (let a = 0; a < 3; a++) {
      const value = (from[i + a] ?? outside()) - (fromMean[a] ?? outside());
      for (let b = 0; b < 3; b++) {
        const at = 3 * a + b;
        own[at] = (own[at] ?? outside()) + value * ((from[i + b] ?? outside()) - (fromMean[b] ?? outside()));
        both[at] = (both[at] ?? outside()) + value * ((to[i + b] ?? outside()) - (toMean[b] ?? outside()));
      }
    }
  }
  for (let a = 0; a < 3; a++) own[4 * a] = (own[4 * a] ?? outside()) + RIDGE * (from.length / 3);
  const map = solveThree(own, both);
  let sum = 0;
  for (let i = 0; i < from.length; i += 3) {
    for (let b = 0; b < 3; b++) {
      let value = toMean[b] ?? outside();
      for (let a = 0; a < 3; a++) {
        value += (map[3 * a + b] ?? outside()) * ((from[i + a] ?? outside()) - (fromMean[a] ?? outside()));
      }
      sum += ((to[i + b] ?? outside()) - value) ** 2;
    }
  }
  return sum;
}

function means(values: Float64Array): readonly number[] {
  const sums = [0, 0, 0];
  for (let i = 0; i < values.length; i++) sums[i % 3] = (sums[i % 3] ?? outside()) + (values[i] ?? outside());
  return sums.map((sum) => (sum * 3) / values.length);
}

/** Solves A X = B for symmetric, positive definite A, both 3x3 row by row, by elimination. */
function solveThree(a: Float64Array, b: Float64Array): Float64Array {
  const left = a.slice();
  const right = b.slice();
  for (let pivot = 0; pivot < 3; pivot++) {
    const diagonal = left[4 * pivot] ?? outside();
    for (let row = 0; row < 3; row++) {
      const factor = row === pivot ? 0 : (left[3 * row + pivot] ?? outside()) / diagonal;
      if (factor === 0) continue;
      for (let column = 0; column < 3; column++) {
        const [to, from] = [3 * row + column, 3 * pivot + column];
        left[to] = (left[to] ?? outside()) - factor * (left[from] ?? outside());
        right[to] = (right[to] ?? outside()) - factor * (right[from] ?? outside());
      }
    }
  }
  return right.map((value, index) => value / (left[4 * Math.floor(index / 3)] ?? outside()));
}
