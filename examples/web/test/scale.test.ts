/**
 * Where a distance stands among known changes, as a sentence.
 */
import { describe, expect, it } from 'vitest';
import { likenessOf, scaleOf } from '../src/compare/scale.js';

const SCALE = [
  { like: 'a shift', distance: 0.01 },
  { like: 'a blur', distance: 0.1 },
  { like: 'another photograph', distance: 0.8 },
];

describe('likenessOf', () => {
  it.each([
    [0.011, 'About like a shift.'],
    [0.09, 'About like a blur.'],
    [0.03, 'More than a shift, less than a blur.'],
    [0.001, 'Less than a shift.'],
    [2, 'Further apart than another photograph.'],
  ])('tells %d as "%s"', (distance, words) => {
    expect(likenessOf(distance, SCALE)).toBe(words);
  });

  it('says nothing without a scale', () => {
    expect(likenessOf(0.1, [])).toBe('');
  });
});

describe('scaleOf', () => {
  it('is in the order of the distances, the same changes by every net', () => {
    const nets = [
      { net: 'lite', calibration: '0.3' },
      { net: 'vgg', calibration: '0.1' },
    ] as const;
    const [lite = [], vgg = []] = nets.map(scaleOf);
    for (const scale of [lite, vgg]) {
      const distances = scale.map(({ distance }) => distance);
      expect(distances).toEqual(distances.toSorted((a, b) => a - b));
    }
    const names = (scale: typeof lite) => scale.map(({ like }) => like).toSorted();
    expect(names(vgg)).toEqual(names(lite));
    expect(lite.length).toBeGreaterThan(5);
  });

  it('is empty for weights that were not measured', () => {
    expect(scaleOf({ net: 'alex', calibration: '0.0' })).toEqual([]);
  });
});
