import { describe, expect, it } from 'vitest';
import { findDisagreements } from '../../src/report/find-disagreements.js';

const triplets = (distortion: string, judge: number[], d0: number[], d1: number[]) => ({
  distortion,
  judge,
  d0,
  d1,
});

describe('findDisagreements', () => {
  it('finds where most people chose the copy that the metric puts further, the widest first', () => {
    const found = findDisagreements(
      [triplets('a', [1, 1, 0.6, 0.5, 0], [0.1, 0.3, 0.1, 0.1, 0.1], [0.2, 0.1, 0.9, 0.9, 0.2])],
      10,
    );
    // agreed among themselves, and opposed: 0 (all for p1, which is twice as far), 2 (a few, nine times as far)
    expect(found.map(({ index }) => index)).toEqual([0, 2]);
    expect(found[0]?.extent).toBeCloseTo(Math.log(2), 4);
    expect(found[1]?.extent).toBeCloseTo(0.2 * Math.log(9), 4);
  });

  it('gives every distortion its share', () => {
    const wide = triplets('wide', [1, 1, 1], [0.1, 0.1, 0.1], [9, 8, 7]);
    const narrow = triplets('narrow', [1, 1], [0.1, 0.1], [0.2, 0.11]);
    expect(findDisagreements([wide, narrow], 2).map(({ distortion }) => distortion)).toEqual([
      'wide',
      'narrow',
    ]);
    expect(findDisagreements([wide, narrow], 3).map(({ distortion, index }) => [distortion, index])).toEqual([
      ['wide', 0],
      ['wide', 1],
      ['narrow', 0],
    ]);
  });

  it('copes with a copy that is its reference', () => {
    const [found] = findDisagreements([triplets('a', [1], [0], [0.5])], 1);
    expect(Number.isFinite(found?.extent)).toBe(true);
  });

  it('finds nothing where they agree', () => {
    expect(findDisagreements([triplets('a', [0, 1], [0.1, 0.2], [0.2, 0.1])], 5)).toEqual([]);
  });
});
