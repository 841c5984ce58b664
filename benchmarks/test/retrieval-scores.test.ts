import { describe, expect, it } from 'vitest';
import { precisionAt, type Ranked, recallAtOne } from '../src/retrieval-scores.js';

const copy = (source: number, ...distances: number[]): Ranked => ({ source, distances });

describe('recall@1', () => {
  it('is the share of the copies that are nearest to their own photograph', () => {
    expect(recallAtOne([copy(0, 0.1, 0.5), copy(1, 0.5, 0.1)])).toBe(1);
    expect(recallAtOne([copy(0, 0.1, 0.5), copy(1, 0.1, 0.5)])).toBe(0.5);
    expect(recallAtOne([copy(0, 0.5, 0.1), copy(1, 0.1, 0.5)])).toBe(0);
  });

  it('counts a copy that is as near to others for its part, as a hash of few bits makes it', () => {
    expect(recallAtOne([copy(0, 3, 3, 9)])).toBe(1 / 2);
    expect(recallAtOne([copy(2, 3, 3, 3)])).toBe(1 / 3);
    expect(recallAtOne([copy(0, 3, 3, 3), copy(1, 3, 2, 3)])).toBeCloseTo((1 / 3 + 1) / 2, 12);
  });
});

describe('precision at a recall', () => {
  /** Their own photographs are at 0.1, 0.2, 0.3 and 0.9; others at 0.25 and 0.5. */
  const copies = [copy(0, 0.1, 0.25), copy(1, 0.5, 0.2), copy(0, 0.3, 0.5), copy(1, 0.5, 0.9)];

  it('takes the smallest distance at which so many copies are found', () => {
    expect(precisionAt(copies, 0.25)).toBe(1); // 1 of 1 within 0.1
    expect(precisionAt(copies, 0.5)).toBe(1); // 2 of 2 within 0.2
    expect(precisionAt(copies, 0.75)).toBe(3 / 4); // 3 of 4 within 0.3
    expect(precisionAt(copies, 1)).toBe(4 / 8); // 4 of 8 within 0.9
  });

  it('rounds the number of copies up', () => {
    expect(precisionAt(copies, 0.51)).toBe(3 / 4);
  });

  it('counts what lies at that very distance, right and wrong', () => {
    expect(precisionAt([copy(0, 2, 2), copy(1, 4, 2)], 0.9)).toBe(2 / 3);
  });
});
