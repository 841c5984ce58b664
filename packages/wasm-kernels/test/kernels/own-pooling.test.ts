/**
 * Max pooling and its gradient against their definition, where stock kernels differ: ties, padding, values below zero,
 * infinities and NaN. The first maximum of a window in reading order gets its gradient, and a NaN counts as one.
 */
import '../../src/index.js';
import { grad, maxPool, type Tensor, type Tensor4D, tensor4d } from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import { randomValues, sizeOf } from '../../../../test/support/numbers.js';
import { expectNoLeak, valuesOn } from '../support/backends.js';

type Shape4D = [number, number, number, number];
type Pair = [number, number];

interface Pooling {
  readonly x: Shape4D;
  readonly size: number | Pair;
  readonly strides: number | Pair;
  readonly pad: 'same' | 'valid' | number;
}

const pairOf = (value: number | Pair): Pair => (typeof value === 'number' ? [value, value] : value);

/** Where the windows begin along one axis, and how many there are. */
function windowsOf(side: number, size: number, stride: number, pad: Pooling['pad']) {
  if (pad === 'same') {
    const count = Math.ceil(side / stride);
    return { count, before: Math.floor(Math.max(0, (count - 1) * stride + size - side) / 2) };
  }
  const before = pad === 'valid' ? 0 : pad;
  return { count: Math.floor((side + 2 * before - size) / stride) + 1, before };
}

/** The place of the first maximum of every window, in the order of the result. */
function placesOf(pooling: Pooling, x: ArrayLike<number>): { shape: Shape4D; places: number[] } {
  const [batch, height, width, channels] = pooling.x;
  const [[rows, columns], [down, right]] = [pairOf(pooling.size), pairOf(pooling.strides)];
  const vertical = windowsOf(height, rows, down, pooling.pad);
  const horizontal = windowsOf(width, columns, right, pooling.pad);
  const shape: Shape4D = [batch, vertical.count, horizontal.count, channels];
  const places = Array.from({ length: sizeOf(shape) }, (_, index) => {
    const channel = index % channels;
    const column = Math.floor(index / channels) % horizontal.count;
    const row = Math.floor(index / channels / horizontal.count) % vertical.count;
    const image = Math.floor(index / channels / horizontal.count / vertical.count);
    let first = -1;
    for (let a = 0; a < rows; a++) {
      for (let b = 0; b < columns; b++) {
        const [r, c] = [row * down - vertical.before + a, column * right - horizontal.before + b];
        if (r < 0 || r >= height || c < 0 || c >= width) continue;
        const place = ((image * height + r) * width + c) * channels + channel;
        const [value, most] = [at(x, place), first < 0 ? Number.NEGATIVE_INFINITY : at(x, first)];
        if (first < 0 || value > most || (Number.isNaN(value) && !Number.isNaN(most))) first = place;
      }
    }
    return first;
  });
  return { shape, places };
}

/** Values of all kinds, with many ties. */
const kinds: Record<string, (size: number) => Float32Array> = {
  'both signs': (size) => randomValues(size, 1),
  'below zero': (size) => randomValues(size, 1, -2, -1),
  ties: (size) => randomValues(size, 1, -2, 2).map(Math.round),
  constant: (size) => new Float32Array(size).fill(-3),
  '-Infinity': (size) => new Float32Array(size).fill(Number.NEGATIVE_INFINITY),
  infinities: (size) => randomValues(size, 1, -2, 2).map((value) => Math.round(value) / 0),
  NaN: (size) => randomValues(size, 1).map((value) => (value > 0.6 ? Number.NaN : value)),
};

const poolings: Pooling[] = [
  { x: [2, 6, 7, 3], size: 2, strides: 2, pad: 'valid' },
  { x: [2, 7, 6, 4], size: 3, strides: 2, pad: 'valid' },
  { x: [1, 7, 8, 9], size: 3, strides: 2, pad: 'same' },
  { x: [1, 5, 6, 5], size: 3, strides: 1, pad: 'same' },
  { x: [2, 6, 6, 4], size: 3, strides: 2, pad: 1 },
  { x: [1, 6, 9, 6], size: [2, 3], strides: [3, 2], pad: 1 },
  { x: [1, 2, 3, 8], size: 5, strides: 1, pad: 'same' },
  { x: [1, 4, 4, 1], size: 1, strides: 3, pad: 'valid' },
];

/** Zeros are equal, whatever their sign. */
const withoutSigns = (values: ArrayLike<number>) => Array.from(values, (value) => value + 0);

const title = ({ x, size, strides, pad }: Pooling) =>
  `x=[${x.join()}] f=[${String(size)}] s=${String(strides)} p=${pad}`;

describe.each(poolings.map((pooling) => ({ name: title(pooling), pooling })))(
  'max pooling $name',
  ({ pooling }) => {
    const pool = (x: Tensor) => maxPool(x as Tensor4D, pooling.size, pooling.strides, pooling.pad);

    it.each(Object.keys(kinds))('has the values and the gradient of its definition: %s', async (kind) => {
      const values = kinds[kind]?.(sizeOf(pooling.x)) ?? new Float32Array();
      const { shape, places } = placesOf(pooling, values);
      const y = await valuesOn('wasm', () => pool(tensor4d(values, pooling.x)));
      expect(y.shape).toEqual(shape);
      expect(withoutSigns(y.values)).toEqual(withoutSigns(places.map((place) => at(values, place))));
      const dy = randomValues(sizeOf(shape), 2).map((value) => Math.round(value * 64)); // whole, so that sums are exact
      const dx = await valuesOn('wasm', () => grad(pool)(tensor4d(values, pooling.x), tensor4d(dy, shape)));
      const expected = new Float32Array(values.length);
      for (const [index, place] of places.entries()) expected[place] = at(expected, place) + at(dy, index);
      expect(withoutSigns(dx.values)).toEqual(withoutSigns(expected));
    });
  },
);

describe('max pooling', () => {
  it('leaves no tensor behind', async () => {
    const x = tensor4d(randomValues(2 * 6 * 6 * 3, 1), [2, 6, 6, 3]);
    await expectNoLeak(() => grad((x: Tensor) => maxPool(x as Tensor4D, 3, 2, 'same'))(x));
  });
});
