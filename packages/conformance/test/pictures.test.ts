import { describe, expect, it } from 'vitest';
import { imagesOf, pictureOf } from '../src/pictures.js';

const size = { height: 2, width: 3 };

describe('pictures by formula', () => {
  it('are bytes that python/pictures.py makes too', () => {
    expect([...pictureOf({ kind: 'noise', ...size, seed: 5 })].slice(0, 6)).toEqual([
      204, 88, 189, 210, 23, 135,
    ]);
    expect([...pictureOf({ kind: 'noisy stripes', ...size, seed: 1, amount: 40 })].slice(0, 9)).toEqual([
      4, 107, 86, 9, 128, 112, 76, 107, 142,
    ]);
  });

  it('are batches in [-1, 1]', () => {
    const black = { kind: 'flat', ...size, value: 0 } as const;
    const { shape, values } = imagesOf([black, { ...black, value: 255 }]);
    expect(shape).toEqual([2, 2, 3, 3]);
    expect([...values]).toEqual([...Array(18).fill(-1), ...Array(18).fill(1)]);
  });

  it('are refused where there is no such kind, and where there is none', () => {
    expect(() => pictureOf({ kind: 'photograph' as 'flat', ...size })).toThrow(
      'pictureOf: expected one of flat, noise, stripes, noisy stripes for kind, got photograph.',
    );
    expect(() => imagesOf([])).toThrow('imagesOf: expected one picture at least for formulas, got none.');
  });
});
