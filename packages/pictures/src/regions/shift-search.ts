/**
 * @module
 * Whether the content of a rectangle lies a few pixels away in the other picture. For a shift d, the cost is the squared
 * difference that it leaves over the pixels q of the rectangle,
 *
 *     Σ c(x(q + d), y(q))  +  Σ c(y(q − d), x(q)) over the q for which q − d lies outside,
 *
 * where x is the picture, y the reference, and c the squared distance of two colours. Where the first of them lies outside of
 * the rectangle, what moved may also have covered the ground g there, or have left it: c is then at most |second − g|².
 * What a small shift moves out of the whole picture, or into it, costs nothing: nobody knows what was there.
 */
import type { ImageSize } from 'lpips-core';
import type { RgbPixels } from '../image-pixels.js';
import { outside } from '../outside.js';
import type { Box } from './box.js';

/** Pixels to the right and down. */
export interface Shift {
  readonly x: number;
  readonly y: number;
}

/** How far content may move, in pixels across and down. */
const REACH = 48;
/** Part of the squared difference of the pictures that a shift by whole pixels may leave. */
const LEFT = 0.1;
/**
 * The same for half a pixel, where the reference is interpolated and a browser draws anew. On the screenshots in the tests
 * of lpips-matchers, text that is moved by half a pixel leaves 0.22 to 0.27, and other smoothing or another digit 0.72 or more.
 */
const LEFT_OF_HALF = 0.35;
/** Pixels of each picture by which shifts are ranked. */
const SAMPLES = 512;
/** The best of the ranking, whose whole cost is computed. */
const CANDIDATES = 6;

/** Half a pixel to the right, down, and both. With a whole pixel back it is half a pixel to the left and up. */
const HALVES: readonly Shift[] = [
  { x: 0.5, y: 0 },
  { x: 0, y: 0.5 },
  { x: 0.5, y: 0.5 },
];
const WITHIN_A_PIXEL: readonly Shift[] = [
  { x: 0, y: 0 },
  { x: -1, y: 0 },
  { x: 0, y: -1 },
  { x: -1, y: -1 },
];

/** A shift and what it leaves of the difference. */
interface RankedShift {
  readonly shift: Shift;
  readonly left: number;
}

/** Pixels of a rectangle and around it as far as a shift may reach, as differences from the ground. */
interface Content extends ImageSize {
  readonly x: Int16Array;
  readonly y: Int16Array;
  /** The rectangle, in these pixels. */
  readonly inside: Box;
}

/**
 * Finds the shift that explains the difference in a rectangle: up to 48 whole pixels, which explain nine tenths of it, else half
 * a pixel across, down or both, which explains 65%.
 *
 * @param image 8-bit pixels of the picture
 * @param reference of the same size
 * @param box a rectangle around the pixels that differ, which holds where the content was and where it is
 * @returns the shift from the reference to the picture, or undefined where none explains so much
 */
export function findShift(image: RgbPixels, reference: RgbPixels, box: Box): Shift | undefined {
  const ground = groundAround(reference, box);
  const rectangle = grown(box, 1, reference); // what moves by half a pixel is smeared over the next one
  const part = grown(rectangle, REACH, reference);
  const content = {
    x: fromGround(image, part, ground),
    y: fromGround(reference, part, ground),
    width: part.width,
    height: part.height,
    inside: { ...rectangle, x: rectangle.x - part.x, y: rectangle.y - part.y },
  };
  const difference = cost(content, { x: 0, y: 0 });
  const whole = cheapest(content, rankedShifts(content), LEFT * difference);
  if (whole) return whole.shift;
  let best: RankedShift | undefined;
  for (const half of HALVES) {
    const between = { ...content, y: fromGround(reference, part, ground, half) };
    const found = cheapest(between, WITHIN_A_PIXEL, best?.left ?? LEFT_OF_HALF * difference);
    if (found) best = { shift: { x: found.shift.x + half.x, y: found.shift.y + half.y }, left: found.left };
  }
  return best?.shift;
}

/** A rectangle with some pixels around it, as far as the picture has them. */
function grown({ x, y, width, height }: Box, margin: number, picture: ImageSize): Box {
  const [left, top] = [Math.max(0, x - margin), Math.max(0, y - margin)];
  return {
    x: left,
    y: top,
    width: Math.min(picture.width, x + width + margin) - left,
    height: Math.min(picture.height, y + height + margin) - top,
  };
}

/** The first of the cheapest shifts that leave less than `most`. */
function cheapest(content: Content, shifts: readonly Shift[], most: number): RankedShift | undefined {
  let best: RankedShift | undefined;
  for (const shift of shifts) {
    const left = cost(content, shift);
    if (left < (best?.left ?? most)) best = { shift, left };
  }
  return best;
}

/** The shifts that fit best a sample of what either picture shows, the nearer first where they fit alike. */
function rankedShifts(content: Content): readonly Shift[] {
  const { x, y, inside } = content;
  const samples = [
    ...sampleOf(content, y).map((pixel) => ({ pixel, isBack: false })),
    ...sampleOf(content, x).map((pixel) => ({ pixel, isBack: true })),
  ];
  const ranked: RankedShift[] = [];
  for (const shift of shiftsWithin(Math.min(REACH, inside.width - 1), Math.min(REACH, inside.height - 1))) {
    const most = ranked.length < CANDIDATES ? Number.POSITIVE_INFINITY : (ranked.at(-1)?.left ?? outside());
    let left = 0;
    const back = { x: -shift.x, y: -shift.y };
    for (const { pixel, isBack } of samples) {
      left += isBack ? costOfPixel(content, x, pixel, y, back) : costOfPixel(content, y, pixel, x, shift);
      if (left >= most) break;
    }
    if (left >= most) continue;
    const at = ranked.findIndex((one) => one.left > left);
    ranked.splice(at < 0 ? ranked.length : at, 0, { shift, left });
    if (ranked.length > CANDIDATES) ranked.pop();
  }
  return ranked.map(({ shift }) => shift);
}

/** Pixels of the rectangle where a picture shows something, or every so many of them. */
function sampleOf({ width, inside }: Content, values: Int16Array): readonly Shift[] {
  const shown: number[] = [];
  const area = inside.width * inside.height;
  const step = Math.max(1, Math.floor(area / (SAMPLES * SAMPLES)));
  for (let i = 0; i < area; i += step) {
    const [u, v] = [inside.x + (i % inside.width), inside.y + Math.floor(i / inside.width)];
    if (lengthAt(values, v * width + u) > 0) shown.push(v * width + u);
  }
  const every = Math.max(1, Math.floor(shown.length / SAMPLES));
  return shown
    .filter((_, index) => index % every === 0)
    .map((pixel) => ({ x: pixel % width, y: Math.floor(pixel / width) }));
}

/** Every shift but none, the nearest first. */
function shiftsWithin(across: number, down: number): readonly Shift[] {
  const shifts: Shift[] = [];
  for (let y = -down; y <= down; y++) {
    for (let x = -across; x <= across; x++) if (x !== 0 || y !== 0) shifts.push({ x, y });
  }
  return shifts.sort((a, b) => a.x ** 2 + a.y ** 2 - (b.x ** 2 + b.y ** 2));
}

/** What a shift leaves of the difference. */
function cost(content: Content, shift: Shift): number {
  const { x, y, inside } = content;
  const back = { x: -shift.x, y: -shift.y };
  let sum = 0;
  for (let v = inside.y; v < inside.y + inside.height; v++) {
    for (let u = inside.x; u < inside.x + inside.width; u++) {
      const pixel = { x: u, y: v };
      sum += costOfPixel(content, y, pixel, x, shift);
      if (!isWithin(u + back.x, v + back.y, inside)) sum += costOfPixel(content, x, pixel, y, back);
    }
  }
  return sum;
}

/** What a shift leaves of one pixel of one picture: the difference from the other picture where it comes to lie. */
function costOfPixel(
  { width, height, inside }: Content,
  one: Int16Array,
  { x, y }: Shift,
  other: Int16Array,
  shift: Shift,
): number {
  const [u, v] = [x + shift.x, y + shift.y];
  const here = y * width + x;
  if (isWithin(u, v, inside)) return squareBetween(other, v * width + u, one, here);
  if (isWithin(u, v, { x: 0, y: 0, width, height })) {
    return Math.min(squareBetween(other, v * width + u, one, here), lengthAt(one, here));
  }
  const isSmall = 4 * Math.abs(shift.x) <= inside.width && 4 * Math.abs(shift.y) <= inside.height;
  return isSmall ? 0 : lengthAt(one, here); // outside of the whole picture
}

function isWithin(u: number, v: number, { x, y, width, height }: Box): boolean {
  return u >= x && u < x + width && v >= y && v < y + height;
}

function squareBetween(x: Int16Array, i: number, y: Int16Array, j: number): number {
  let sum = 0;
  for (let c = 0; c < 3; c++) sum += ((x[3 * i + c] ?? outside()) - (y[3 * j + c] ?? outside())) ** 2;
  return sum;
}

function lengthAt(values: Int16Array, i: number): number {
  let sum = 0;
  for (let c = 0; c < 3; c++) sum += (values[3 * i + c] ?? outside()) ** 2;
  return sum;
}

/**
 * The levels inside the box, less those of the ground.
 *
 * @param half how far the picture is moved before, 0 or half a pixel each way: each pixel becomes the mean of those that it
 *   then lies between
 */
function fromGround(
  { data, width }: RgbPixels,
  box: Box,
  ground: readonly number[],
  half: Shift = { x: 0, y: 0 },
): Int16Array {
  const values = new Int16Array(box.width * box.height * 3);
  for (let v = box.y, to = 0; v < box.y + box.height; v++) {
    const rows = [v, half.y > 0 ? Math.max(0, v - 1) : v];
    for (let u = box.x; u < box.x + box.width; u++) {
      const columns = [u, half.x > 0 ? Math.max(0, u - 1) : u];
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (const row of rows)
          for (const column of columns) sum += data[(row * width + column) * 3 + c] ?? outside();
        values[to++] = Math.round(sum / 4) - (ground[c] ?? outside());
      }
    }
  }
  return values;
}

/** The median of each channel over the pixels around the box, or over those along its edge where it fills the picture. */
function groundAround({ data, width, height }: RgbPixels, box: Box): readonly number[] {
  const around: number[] = [];
  const edge: number[] = [];
  const [right, bottom] = [box.x + box.width, box.y + box.height];
  for (let v = Math.max(0, box.y - 1); v < Math.min(height, bottom + 1); v++) {
    for (let u = Math.max(0, box.x - 1); u < Math.min(width, right + 1); u++) {
      if (u < box.x || u >= right || v < box.y || v >= bottom) around.push(v * width + u);
      else if (u === box.x || u === right - 1 || v === box.y || v === bottom - 1) edge.push(v * width + u);
    }
  }
  const pixels = around.length > 0 ? around : edge;
  return [0, 1, 2].map((c) => {
    const levels = pixels.map((pixel) => data[3 * pixel + c] ?? outside()).sort((a, b) => a - b);
    return levels[Math.floor(levels.length / 2)] ?? outside();
  });
}
