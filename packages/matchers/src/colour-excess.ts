/**
 * @module
 * The largest difference of colours that no shift by a pixel explains. Both images become means over every square of
 * BLOCK x BLOCK pixels, in OKLab. Where an edge or a glyph moves by part of a pixel, or is smoothed in another way, each
 * mean of one image lies between means of the other image within a pixel of the same place. So the excess counts: how
 * far a mean x lies outside of the range of the means y around it, `max(0, x - max y, min y - x)`, for each of L, a and
 * b, and in both directions.
 */
import type { ImageSize } from 'lpips-core';
import { type RgbPixels, squareMeans } from 'lpips-pictures';
import type { Area } from 'lpips-pictures/node';
import { type LocalDistance, largestLocalDistance } from './local-distance.js';
import { oklabPlanes } from './oklab.js';

/** Side of the squares whose means are compared, in pixels: a stroke of a glyph and half a pixel around it. */
const BLOCK = 4;

/** What counts as a difference of colours. */
export interface ExcessOptions {
  /** Side of the square of pixels over which the excess is averaged, BLOCK or more. */
  readonly square: number;
  /** By how many pixels an edge may move: a whole number. */
  readonly reach: number;
}

/**
 * Computes only around the pixels that differ, since elsewhere there is no excess. The outermost `reach` pixels of an
 * image serve as neighbours only: what they show may come from outside of the other image.
 *
 * @param image 8-bit RGB of the size of `reference`
 * @param wanted in ascending order of `reach`
 * @returns for each that is wanted the largest mean excess, a distance in OKLab from 0 to 1 (0 = none), and its square
 */
export function largestColourExcess(
  image: RgbPixels,
  reference: RgbPixels,
  wanted: readonly ExcessOptions[],
): readonly LocalDistance[] {
  const { width, height } = reference;
  const margin = Math.max(...wanted.map(({ square, reach }) => square + reach));
  const part = differingPart(image, reference, margin);
  if (!part) {
    return wanted.map(({ square }) => {
      return {
        distance: 0,
        left: 0,
        top: 0,
        width: Math.min(square, width),
        height: Math.min(square, height),
      };
    });
  }
  const side = Math.min(BLOCK, width, height);
  const means = { width: part.width - side + 1, height: part.height - side + 1 };
  const excesses = squaredExcesses(image, reference, part, side, wanted);
  return wanted.map(({ square, reach }, index) => {
    const { forth, back } = excesses[index] ?? emptyExcess(0);
    for (let i = 0; i < forth.length; i++) forth[i] = Math.sqrt(Math.max(forth[i] ?? 0, back[i] ?? 0));
    if (Math.min(width, height) > side + 2 * reach) clearOutermost(forth, part, side, reach, reference);
    const found = largestLocalDistance(forth, means, square - BLOCK + 1);
    return {
      distance: found.distance,
      left: part.left + found.left,
      top: part.top + found.top,
      width: found.width + side - 1,
      height: found.height + side - 1,
    };
  });
}

/** Squares of the excess of one image over the other, and the other way. */
interface Excess {
  readonly forth: Float32Array;
  readonly back: Float32Array;
}

function emptyExcess(size: number): Excess {
  return { forth: new Float32Array(size), back: new Float32Array(size) };
}

function squaredExcesses(
  image: RgbPixels,
  reference: RgbPixels,
  part: Area,
  side: number,
  wanted: readonly ExcessOptions[],
): readonly Excess[] {
  const size = { width: part.width - side + 1, height: part.height - side + 1 };
  const excesses = wanted.map(() => emptyExcess(size.width * size.height));
  const [ours, theirs] = [oklabPlanes(image, part), oklabPlanes(reference, part)];
  for (const channel of [0, 1, 2] as const) {
    const x = squareMeans(ours[channel], part, side);
    const y = squareMeans(theirs[channel], part, side);
    let aroundX: Range = { low: x, high: x };
    let aroundY: Range = { low: y, high: y };
    let reached = 0;
    for (const [index, { reach }] of wanted.entries()) {
      for (; reached < reach; reached++) {
        aroundX = widened(aroundX, size);
        aroundY = widened(aroundY, size);
      }
      const { forth, back } = excesses[index] ?? emptyExcess(0);
      addSquaredExcess(forth, x, aroundY);
      addSquaredExcess(back, y, aroundX);
    }
  }
  return excesses;
}

/** The pixels that differ with `margin` around them, or undefined where none does. */
function differingPart(image: RgbPixels, reference: RgbPixels, margin: number): Area | undefined {
  const { data, width, height } = image;
  const other = reference.data;
  const row = width * 3;
  let left = width;
  let right = -1;
  let top = height;
  let bottom = -1;
  for (let y = 0; y < height; y++) {
    let first = y * row;
    let last = first + row - 1;
    while (first <= last && data[first] === other[first]) first++;
    if (first > last) continue;
    while (data[last] === other[last]) last--;
    left = Math.min(left, Math.floor((first - y * row) / 3));
    right = Math.max(right, Math.floor((last - y * row) / 3));
    top = Math.min(top, y);
    bottom = y;
  }
  if (right < 0) return undefined;
  left = Math.max(0, left - margin);
  top = Math.max(0, top - margin);
  return {
    left,
    top,
    width: Math.min(width, right + 1 + margin) - left,
    height: Math.min(height, bottom + 1 + margin) - top,
  };
}

interface Range {
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/** The range with that of each of the eight neighbours: first along rows, then along columns. */
function widened({ low, high }: Range, { width, height }: ImageSize): Range {
  const rowLow = new Float32Array(low.length);
  const rowHigh = new Float32Array(low.length);
  for (let from = 0; from < low.length; from += width) {
    const last = from + width - 1;
    for (let i = from; i <= last; i++) {
      const before = i > from ? i - 1 : i;
      const after = i < last ? i + 1 : i;
      rowLow[i] = Math.min(low[before] ?? 0, low[i] ?? 0, low[after] ?? 0);
      rowHigh[i] = Math.max(high[before] ?? 0, high[i] ?? 0, high[after] ?? 0);
    }
  }
  const least = new Float32Array(low.length);
  const most = new Float32Array(low.length);
  for (let y = 0; y < height; y++) {
    const above = y > 0 ? -width : 0;
    const below = y < height - 1 ? width : 0;
    for (let i = y * width; i < (y + 1) * width; i++) {
      least[i] = Math.min(rowLow[i + above] ?? 0, rowLow[i] ?? 0, rowLow[i + below] ?? 0);
      most[i] = Math.max(rowHigh[i + above] ?? 0, rowHigh[i] ?? 0, rowHigh[i + below] ?? 0);
    }
  }
  return { low: least, high: most };
}

function addSquaredExcess(squares: Float32Array, values: Float32Array, { low, high }: Range): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    const excess = Math.max(0, value - (high[i] ?? 0), (low[i] ?? 0) - value);
    if (excess > 0) squares[i] = (squares[i] ?? 0) + excess * excess;
  }
}

/** Drops the excess of squares that touch the outermost pixels of the image. */
function clearOutermost(
  excess: Float32Array,
  part: Area,
  side: number,
  reach: number,
  { width, height }: ImageSize,
): void {
  const wide = part.width - side + 1;
  const high = part.height - side + 1;
  const first = Math.max(0, reach - part.left);
  const end = Math.min(wide, width - reach - side + 1 - part.left);
  for (let y = 0; y < high; y++) {
    const top = part.top + y;
    const isInside = top >= reach && top + side + reach <= height;
    excess.fill(0, y * wide, isInside ? y * wide + first : (y + 1) * wide);
    excess.fill(0, y * wide + Math.max(0, end), (y + 1) * wide);
  }
}
