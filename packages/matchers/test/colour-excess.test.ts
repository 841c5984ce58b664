import type { RgbPixels } from 'lpips-pictures';
import { describe, expect, it } from 'vitest';
import { type ExcessOptions, largestColourExcess } from '../src/colour-excess.js';
import type { LocalDistance } from '../src/local-distance.js';
import { oklabPlanes } from '../src/oklab.js';

const SHAPE = { square: 7, reach: 1 };
/** Side of the squares whose means are compared. */
const BLOCK = 4;
/** Lightness of black under the light that a screen reflects, 1 % of white. */
const BLACK = Math.cbrt(0.01 / 1.01);
/** Of float32 sums over 256 values. */
const ROUNDING = 1e-5;

describe('largestColourExcess', () => {
  it('is 0 for equal pixels', () => {
    const image = noise(40, 30);
    expect(largest(image, image, SHAPE)).toEqual({
      distance: 0,
      left: 0,
      top: 0,
      width: 7,
      height: 7,
    });
  });

  it('is the whole difference of lightness where a black square of 8x8 is missing, and knows its place', () => {
    const white = painted(40, 30, () => 255);
    const square = painted(40, 30, (x, y) => (x >= 20 && x < 28 && y >= 12 && y < 20 ? 0 : 255));
    const found = largest(white, square, SHAPE);
    expect(found.distance).toBeCloseTo(1 - BLACK, 5);
    expect(found).toMatchObject({ width: 7, height: 7 });
    expect([20, 21]).toContain(found.left);
    expect([12, 13]).toContain(found.top);
  });

  it.each([
    [1, 0],
    [0, -1],
    [1, 1],
  ])('is 0 for grey noise that is moved by (%i, %i) pixels', (dx, dy) => {
    const [at, size] = [greyAt(7), { width: 40, height: 30 }];
    const still = painted(size.width, size.height, (x, y) => at(x, y));
    const moved = painted(size.width, size.height, (x, y) => at(x + dx, y + dy));
    expect(largest(moved, still, SHAPE).distance).toBeLessThan(ROUNDING);
  });

  it('is nearly 0 for a line of one pixel that is moved by half a pixel, and not where the line is missing', () => {
    const [line, halves, none] = [
      painted(40, 30, (x) => (x === 20 ? 0 : 255)),
      painted(40, 30, (x) => (x === 20 || x === 21 ? 188 : 255)), // half the light of white
      painted(40, 30, () => 255),
    ];
    expect(largest(halves, line, SHAPE).distance).toBeLessThan(0.13);
    expect(largest(none, line, SHAPE).distance).toBeCloseTo((1 - BLACK) / 4, 4);
  });

  it('passes two pixels with a reach of 2 alone', () => {
    const at = greyAt(11);
    const still = painted(40, 30, (x, y) => at(x, y));
    const moved = painted(40, 30, (x, y) => at(x + 2, y));
    expect(largest(moved, still, { ...SHAPE, reach: 2 }).distance).toBeLessThan(ROUNDING);
    expect(largest(moved, still, SHAPE).distance).toBeGreaterThan(0.01);
  });

  it('takes the outermost pixels for neighbours only', () => {
    const white = painted(40, 30, () => 255);
    const edge = painted(40, 30, (x) => (x === 0 ? 0 : 255));
    const second = painted(40, 30, (x) => (x === 1 ? 0 : 255));
    expect(largest(edge, white, SHAPE).distance).toBe(0);
    expect(largest(second, white, SHAPE).distance).toBeCloseTo((1 - BLACK) / 16, 4);
  });

  it.each([
    ['4x4 alone', { square: 4, reach: 1 }],
    ['7x7', SHAPE],
    ['16x16, within 2 pixels', { square: 16, reach: 2 }],
    ['9x9, within 3 pixels', { square: 9, reach: 3 }],
  ])('agrees with sums taken one by one over %s, 33x29, in both directions', (_, options) => {
    const reference = noise(33, 29);
    const image = { ...reference, data: reference.data.slice() };
    for (let y = 11; y < 15; y++)
      for (let x = 9; x < 22; x++) image.data.fill(200, (y * 33 + x) * 3, (y * 33 + x) * 3 + 2);
    const expected = oneByOne(image, reference, options);
    expect(expected).toBeGreaterThan(0.001);
    expect(largest(image, reference, options).distance).toBeCloseTo(expected, 5);
    expect(largest(reference, image, options).distance).toBeCloseTo(expected, 5);
  });

  it('gives several numbers at once as it gives each alone', () => {
    const reference = noise(40, 30);
    const image = { ...reference, data: reference.data.slice().fill(90, 1500, 1800) };
    const wanted = [SHAPE, { square: 16, reach: 2 }, { square: 5, reach: 2 }];
    const alone = wanted.map((options) => largest(image, reference, options));
    const together = largestColourExcess(image, reference, wanted);
    expect(together.map(({ left, top }) => [left, top])).toEqual(alone.map(({ left, top }) => [left, top]));
    for (const [index, { distance }] of together.entries()) {
      expect(distance).toBeGreaterThan(0);
      expect(distance).toBeCloseTo(alone[index]?.distance ?? Number.NaN, 6);
    }
  });

  it.each([
    [3, 2],
    [6, 16],
  ])('cuts its squares to an image of %ix%i', (width, height) => {
    const [white, black] = [painted(width, height, () => 255), painted(width, height, () => 0)];
    const found = largest(white, black, SHAPE);
    expect(found.distance).toBeCloseTo(1 - BLACK, 5);
    expect(found.left + found.width).toBeLessThanOrEqual(width);
    expect(found.top + found.height).toBeLessThanOrEqual(height);
  });
});

describe('oklabPlanes', () => {
  it('makes one level next to black no larger a step than eight times that next to white', () => {
    const { data } = painted(4, 1, (x) => [0, 1, 254, 255][x] ?? 0);
    const [lightness] = oklabPlanes({ data, width: 4, height: 1 }, { left: 0, top: 0, width: 4, height: 1 });
    const [black = 0, dark = 0, light = 0, white = 0] = lightness;
    expect(white).toBeCloseTo(1, 6);
    expect(black).toBeCloseTo(BLACK, 6);
    expect(dark - black).toBeLessThan(8 * (white - light));
    expect(dark).toBeGreaterThan(black);
  });

  it('gives greys no colour, and red its own', () => {
    const grey = painted(1, 1, () => 128);
    const [, a, b] = oklabPlanes(grey, { left: 0, top: 0, width: 1, height: 1 });
    expect(a[0]).toBeCloseTo(0, 6);
    expect(b[0]).toBeCloseTo(0, 6);
    const red = { width: 1, height: 1, data: Uint8Array.of(255, 0, 0) };
    const [, redness] = oklabPlanes(red, { left: 0, top: 0, width: 1, height: 1 });
    expect(redness[0]).toBeGreaterThan(0.2);
  });
});

function largest(image: RgbPixels, reference: RgbPixels, options: ExcessOptions): LocalDistance {
  const [found] = largestColourExcess(image, reference, [options]);
  if (!found) throw new Error('nothing was found');
  return found;
}

function painted(width: number, height: number, grey: (x: number, y: number) => number): RgbPixels {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / 3);
    data[i] = grey(pixel % width, Math.floor(pixel / width));
  }
  return { width, height, data };
}

/** A grey level of each place, by a seed. */
function greyAt(seed: number): (x: number, y: number) => number {
  return (x, y) => (Math.imul(x * 374_761_393 + y * 668_265_263 + seed, 1_274_126_177) >>> 24) & 255;
}

/** Seeded noise, another in each channel. */
function noise(width: number, height: number): RgbPixels {
  let state = 3;
  const data = Uint8Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
  return { width, height, data };
}

/** The definition, by loops over every pixel of every square. */
function oneByOne(image: RgbPixels, reference: RgbPixels, { square, reach }: ExcessOptions): number {
  const { width, height } = image;
  const [block, window] = [BLOCK, square - BLOCK + 1];
  const whole = { left: 0, top: 0, width, height };
  const [ours, theirs] = [oklabPlanes(image, whole), oklabPlanes(reference, whole)];
  const [wide, high] = [width - block + 1, height - block + 1];
  const mean = (plane: Float32Array, left: number, top: number): number => {
    let sum = 0;
    for (let y = top; y < top + block; y++)
      for (let x = left; x < left + block; x++) sum += plane[y * width + x] ?? Number.NaN;
    return sum / block ** 2;
  };
  const excessOf = (from: Float32Array, other: Float32Array, left: number, top: number): number => {
    const around: number[] = [];
    for (let y = Math.max(0, top - reach); y <= Math.min(high - 1, top + reach); y++) {
      for (let x = Math.max(0, left - reach); x <= Math.min(wide - 1, left + reach); x++)
        around.push(mean(other, x, y));
    }
    const here = mean(from, left, top);
    return Math.max(0, here - Math.max(...around), Math.min(...around) - here);
  };
  const at = (left: number, top: number): number => {
    if (left < reach || top < reach || left + block + reach > width || top + block + reach > height) return 0;
    const [forth, back] = [[ours, theirs] as const, [theirs, ours] as const].map(([from, other]) =>
      Math.hypot(
        ...([0, 1, 2] as const).map((channel) => excessOf(from[channel], other[channel], left, top)),
      ),
    );
    return Math.max(forth ?? 0, back ?? 0);
  };
  const excess = Array.from({ length: wide * high }, (_, i) => at(i % wide, Math.floor(i / wide)));
  let most = 0;
  for (let top = 0; top + window <= high; top++) {
    for (let left = 0; left + window <= wide; left++) {
      let sum = 0;
      for (let y = top; y < top + window; y++)
        for (let x = left; x < left + window; x++) sum += excess[y * wide + x] ?? 0;
      most = Math.max(most, sum / window ** 2);
    }
  }
  return most;
}
