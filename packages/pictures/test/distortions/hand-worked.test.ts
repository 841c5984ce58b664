import { paint, type Raster, seededRandom, seedOf, shuffle } from 'lpips-pictures';
import { describe, expect, it } from 'vitest';
import {
  blurMotion,
  median,
  mosaic,
  sharpen,
  shrinkAndEnlarge,
  smoothAreas,
} from '../../src/distortions/filters.js';
import {
  ripple,
  rotate,
  shift,
  shiftChannels,
  tilt,
  transform,
  warp,
  zoom,
} from '../../src/distortions/geometry.js';
import {
  addBlueNoise,
  addCheckerboard,
  addGreyNoise,
  addNoise,
  addPinkNoise,
  addSpecks,
  addUniformNoise,
} from '../../src/distortions/noise.js';
import { addPatches, blend, mirror } from '../../src/distortions/overlays.js';
import { reduceColours } from '../../src/distortions/palette.js';
import {
  changeGamma,
  changeSaturation,
  darkenCorners,
  loseContrast,
  quantise,
  shiftColours,
} from '../../src/distortions/photometric.js';
import { jpeg, webp } from '../../src/node/codecs.js';
import { resize } from '../../src/resize.js';

/** A row of greys. */
const row = (...values: number[]): Raster => paint(values.length, 1, (x) => grey(values[x] ?? 0));
const grey = (value: number): [number, number, number] => [value, value, value];
const one = (red: number, green: number, blue: number): Raster => paint(1, 1, () => [red, green, blue]);
/** The red samples. */
const reds = ({ data }: Raster): number[] => [...data].filter((_, i) => i % 3 === 0);
const expectClose = (image: Raster, expected: readonly number[]) => {
  expect(image.data).toHaveLength(3 * expected.length);
  reds(image).forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 5);
  });
};
const all = (image: Raster): number[] => [...image.data].map((value) => Math.round(value * 1e5) / 1e5);

describe('photometric', () => {
  it('loseContrast halves the way to mid-grey, and doubles it', () => {
    expectClose(loseContrast(row(0, 0.5, 0.9), 0.5), [0.25, 0.5, 0.7]);
    expectClose(loseContrast(row(0.4, 0.6), -1), [0.3, 0.7]);
  });

  it('shiftColours adds to each channel', () => {
    expect(all(shiftColours(one(0.1, 0.2, 0.3), [0.1, 0, -0.1]))).toEqual([0.2, 0.2, 0.2]);
  });

  it('changeGamma: 1 is the square root, −1 the square', () => {
    expectClose(changeGamma(row(0, 0.25, 1), 1), [0, 0.5, 1]);
    expectClose(changeGamma(row(0, 0.5, 1), -1), [0, 0.25, 1]);
  });

  it('changeSaturation: −1 leaves the luma, 1 doubles the distance to it', () => {
    const luma = 0.299 * 0.8 + 0.587 * 0.4 + 0.114 * 0.2;
    const round = (value: number) => Math.round(value * 1e5) / 1e5;
    expect(all(changeSaturation(one(0.8, 0.4, 0.2), -1))).toEqual(grey(round(luma)));
    expect(all(changeSaturation(one(0.8, 0.4, 0.2), 1))[0]).toBe(round(2 * 0.8 - luma));
  });

  it('quantise rounds to steps', () => {
    expectClose(quantise(row(0.1, 0.13, 0.9), 0.25), [0, 0.25, 1]);
  });

  it('darkenCorners takes from the corners of 3x3 all, from the middle nothing, from the sides half', () => {
    expectClose(
      darkenCorners(
        paint(3, 3, () => grey(1)),
        1,
      ),
      [0, 0.5, 0, 0.5, 1, 0.5, 0, 0.5, 0],
    );
  });
});

describe('filters', () => {
  it('median takes the middle of nine, edges repeated', () => {
    expectClose(median(row(0, 1, 0, 0, 1, 1), 1), [0, 0, 0, 0, 1, 1]);
  });

  it('mosaic gives blocks their mean', () => {
    expectClose(mosaic(row(0, 1, 0.2, 0.4, 0.9), 2), [0.5, 0.5, 0.3, 0.3, 0.9]);
  });

  it('blurMotion spreads a point along a line of three', () => {
    expectClose(blurMotion(row(0, 0, 0.9, 0, 0), 3, 0), [0, 0.3, 0.3, 0.3, 0]);
    expectClose(blurMotion(row(0, 0, 0.9, 0, 0), 3, Math.PI / 2), [0, 0, 0.9, 0, 0]);
  });

  it('sharpen steepens an edge and leaves areas alone', () => {
    const [first, , before, after, , last] = reds(sharpen(row(0.2, 0.2, 0.2, 0.8, 0.8, 0.8), 1));
    expect(first).toBeCloseTo(0.2, 1);
    expect(last).toBeCloseTo(0.8, 1);
    expect(before).toBeLessThan(0.05);
    expect(after).toBeGreaterThan(0.95);
  });

  it('smoothAreas evens out small steps and keeps large ones', () => {
    const [a = 0, b = 0, c = 0, d = 0] = reds(smoothAreas(row(0.2, 0.22, 0.8, 0.82), 0.1));
    expect(b - a).toBeLessThan(0.01);
    expect(d - c).toBeLessThan(0.01);
    expect(c - b).toBeGreaterThan(0.57);
  });

  it('shrinkAndEnlarge by box and nearest makes blocks', () => {
    expectClose(shrinkAndEnlarge(row(0, 1, 0.2, 0.4), 2, 'box', 'nearest'), [0.5, 0.5, 0.3, 0.3]);
  });
});

describe('resize', () => {
  it.each([
    ['box', [0, 1, 0.2, 0.4], 2, [0.5, 0.3]],
    ['nearest', [0, 1, 0.2, 0.4], 2, [1, 0.4]],
    ['nearest', [0, 1], 4, [0, 0, 1, 1]],
    ['linear', [0, 1], 4, [0, 0.25, 0.75, 1]],
    // a triangle two source pixels wide to each side, edges repeated: 1/8 3/8 3/8 1/8
    ['linear', [0, 1, 0, 1], 2, [3 / 8, 5 / 8]],
    // Catmull and Rom's at 1/4 and 3/4 between samples
    ['cubic', [0, 0, 1, 1], 8, [0, -0.0234375, -0.0703125, 0.203125, 0.796875, 1.0703125, 1.0234375, 1]],
  ] as const)('%s of %j to %i is %j', (kernel, values, width, expected) => {
    const result = reds(resize(row(...values), width, 1, kernel));
    result.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 5);
    });
  });

  it.each(['nearest', 'box', 'linear', 'cubic', 'lanczos'] as const)(
    '%s keeps a flat picture flat, 7x5 to 4x9',
    (kernel) => {
      const result = resize(
        paint(7, 5, () => [0.3, 0.6, 0.9]),
        4,
        9,
        kernel,
      );
      expect([result.width, result.height]).toEqual([4, 9]);
      expect(new Set(all(result))).toEqual(new Set([0.3, 0.6, 0.9]));
    },
  );
});

describe('geometry', () => {
  const ramp = paint(9, 9, (x, y) => [x / 10, y / 10, 0]);
  const at = (image: Raster, x: number, y: number) =>
    Array.from(
      image.data.slice(3 * (y * 9 + x), 3 * (y * 9 + x) + 2),
      (value) => Math.round(value * 1e4) / 1e3,
    );

  it('shift moves to the right and down, between pixels too', () => {
    expect(at(shift(ramp, 1, 2), 4, 4)).toEqual([3, 2]);
    expect(at(shift(ramp, 0.5, -0.25), 4, 4)).toEqual([3.5, 4.25]);
  });

  it('rotate by 90° clockwise brings the left to the top', () => {
    expect(at(rotate(ramp, 90), 4, 1)).toEqual([1, 4]);
  });

  it('zoom by 2 halves the way from the centre', () => {
    expect(at(zoom(ramp, 2), 6, 2)).toEqual([5, 3]);
  });

  it('transform reads where the matrix says', () => {
    expect(at(transform(ramp, [1, 0.5, 0, 1]), 4, 6)).toEqual([5, 6]);
  });

  it('tilt draws one side together: at depth 1 + 0.9 · 2/9 = 1.2', () => {
    expect(at(tilt(ramp, 0.9, 0), 6, 4)).toEqual([5.667, 4]);
  });

  it('warp moves along waves by at most its amplitude', () => {
    const crest = { length: 1e9, phase: Math.PI / 2 };
    expect(at(warp(ramp, 1, [crest, crest, crest, crest]), 4, 4)).toEqual([5, 5]);
    const calm = { length: 1e9, phase: 0 };
    expect(at(warp(ramp, 1, [crest, calm, calm, calm]), 4, 4)).toEqual([4.5, 4]);
  });

  it('ripple leaves the centre and pushes outwards: sin(2π · 2/8) = 1', () => {
    expect(at(ripple(ramp, 0.5, 8), 4, 4)).toEqual([4, 4]);
    expect(at(ripple(ramp, 0.5, 8), 6, 4)).toEqual([6.5, 4]);
  });

  it('shiftChannels moves red and blue apart, green stays', () => {
    const grey3 = paint(9, 1, (x) => grey(x / 10));
    expect(all(shiftChannels(grey3, 1, 0)).slice(12, 15)).toEqual([0.3, 0.4, 0.5]);
  });
});

describe('noise', () => {
  const flat = paint(64, 64, () => grey(0.5));
  const spread = ({ data }: Raster) =>
    Math.sqrt(data.reduce((sum, value) => sum + (value - 0.5) ** 2, 0) / data.length);
  /** Correlation of neighbours in a row. */
  const grain = ({ data }: Raster) => {
    let [sum, square] = [0, 0];
    for (let i = 3; i < data.length; i++) {
      sum += ((data[i] ?? 0) - 0.5) * ((data[i - 3] ?? 0) - 0.5);
      square += ((data[i] ?? 0) - 0.5) ** 2;
    }
    return sum / square;
  };

  it.each([
    ['white', addNoise, [-0.05, 0.05]],
    ['uniform', addUniformNoise, [-0.05, 0.05]],
    ['pink', addPinkNoise, [0.4, 0.9]],
    ['blue', addBlueNoise, [-0.4, -0.1]],
  ] as const)('%s has the stated deviation, and its own grain', (_, add, [least, most]) => {
    const result = add(flat, 0.1, seededRandom(1));
    expect(spread(result)).toBeCloseTo(0.1, 2);
    expect(grain(result)).toBeGreaterThan(least);
    expect(grain(result)).toBeLessThan(most);
  });

  it('addGreyNoise changes all channels alike', () => {
    const { data } = addGreyNoise(flat, 0.1, seededRandom(1));
    expect([data[0], data[3]]).toEqual([data[1], data[5]]);
    expect(data[0]).not.toBe(data[3]);
  });

  it('addSpecks hits the stated share, black and white', () => {
    const values = reds(addSpecks(flat, 0.1, seededRandom(1)));
    expect(values.filter((value) => value !== 0.5).length / values.length).toBeCloseTo(0.1, 1);
    expect(new Set(values)).toEqual(new Set([0, 0.5, 1]));
  });

  it('addCheckerboard alternates in both directions', () => {
    expectClose(
      addCheckerboard(
        paint(4, 2, () => grey(0.5)),
        0.1,
        2,
      ),
      [0.6, 0.6, 0.4, 0.4, 0.6, 0.6, 0.4, 0.4],
    );
  });
});

describe('overlays and codecs', () => {
  const flat = paint(32, 32, () => grey(0.5));

  it('blend and mirror', () => {
    expectClose(blend(row(0, 1), row(1, 1), 0.25), [0.25, 1]);
    expectClose(mirror(row(0.1, 0.2, 0.3)), [0.3, 0.2, 0.1]);
  });

  it('addPatches covers at most the stated share', () => {
    for (let seed = 1; seed < 20; seed++) {
      const changed =
        reds(addPatches(flat, 0.25, seededRandom(seed))).filter((value) => value !== 0.5).length / 1024;
      expect(changed).toBeGreaterThan(0);
      expect(changed).toBeLessThan(0.32);
    }
  });

  it.each([
    ['jpeg', jpeg],
    ['webp', webp],
  ] as const)('%s keeps a flat picture within a level or two, at any quality', async (_, encode) => {
    for (const quality of [5, 90]) {
      const values = reds(await encode(flat, quality));
      expect(Math.max(...values.map((value) => Math.abs(value - 0.5)))).toBeLessThan(0.012);
    }
  });

  it('reduceColours finds the means of two groups, and leaves no more colours than it is given', () => {
    expectClose(reduceColours(row(0, 0.1, 0.2, 0.8, 1), 2), [0.1, 0.1, 0.1, 0.9, 0.9]);
    const many = paint(32, 32, (x, y) => [x / 32, y / 32, 0.5]);
    const { data } = reduceColours(many, 5);
    const colours = new Set(Array.from({ length: 1024 }, (_, i) => data.slice(3 * i, 3 * i + 3).join()));
    expect(colours.size).toBe(5);
  });
});

describe('seedOf and shuffle', () => {
  it('gives every thing a seed of its own, always the same', () => {
    const seeds = new Set<number>();
    for (let item = 0; item < 2000; item++)
      for (const what of ['p0', 'p1']) seeds.add(seedOf(1, 'cnn', item, what));
    expect(seeds.size).toBe(4000);
    expect(seedOf(1, 'a', 2)).toBe(seedOf(1, 'a', 2));
    expect(seedOf(1, 'a', 12)).not.toBe(seedOf(1, 'a1', 2));
  });

  it('shuffles without loss, each order as likely', () => {
    const counts = new Map<string, number>();
    const random = seededRandom(9);
    for (let i = 0; i < 6000; i++) {
      const order = shuffle(random, ['a', 'b', 'c']).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(count / 1000).toBeCloseTo(1, 0);
  });
});
