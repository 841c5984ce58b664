import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { averagePrecision, countedAveragePrecision } from '../../src/scores/average-precision.js';

describe('averagePrecision', () => {
  it('of 4 pairs is the area under the precision envelope, worked by hand', () => {
    // sorted by distance, same = 1, 0, 1, 0: precision 1, 1/2, 2/3, 1/2; recall 1/2, 1/2, 1, 1
    const pairs = { distances: [0.3, 0.1, 0.4, 0.2], same: [1, 1, 0, 0] };
    expect(averagePrecision(pairs)).toBeCloseTo(0.5 * 1 + 0.5 * (2 / 3), 15);
  });

  it('is 1 where every pair that looked the same is nearer than any other', () => {
    expect(averagePrecision({ distances: [1, 2, 3, 4], same: [1, 1, 0, 0] })).toBe(1);
  });

  it('takes pairs of equal distance as one step, in whatever order the files come', () => {
    const first = averagePrecision({ distances: [1, 1, 2], same: [1, 0, 1] });
    const second = averagePrecision({ distances: [1, 1, 2], same: [0, 1, 1] });
    expect(first).toBe(second);
    expect(first).toBeCloseTo(2 / 3, 15); // precision 1/2, then 2/3: the envelope is 2/3 throughout
  });

  it('is undefined where nobody took any pair for the same', () => {
    expect(averagePrecision({ distances: [1, 2], same: [0, 0] })).toBeNaN();
  });

  it('with counts is the score of a list in which pairs come so often', () => {
    const counted = countedAveragePrecision({ distances: [3, 1, 4, 2], same: [1, 0.5, 0, 0.25] });
    const listed = averagePrecision({ distances: [3, 3, 1, 2, 2, 2], same: [1, 1, 0.5, 0.25, 0.25, 0.25] });
    expect(counted(Uint16Array.of(2, 1, 0, 3))).toBeCloseTo(listed, 15);
  });

  it('does not depend on the distances but for their order', () => {
    const same = [1, 0.3, 0, 0.6, 1];
    const distances = [0.2, 0.9, 0.4, 0.1, 0.7];
    const score = averagePrecision({ distances, same });
    expect(averagePrecision({ distances: distances.map((d) => Math.log(d) * 7), same })).toBe(score);
  });

  it('refuses a distance that is not a number', () => {
    expect(() => averagePrecision({ distances: [1, Number.NaN], same: [1, 0] })).toThrow(
      'averagePrecision: expected numbers for distances[1], got NaN.',
    );
  });
});

it('is the score of the conformance suite, whose list is in no order', () => {
  const path = new URL('../../../conformance/cases/cases.json', import.meta.url);
  const { jnd }: { jnd: { distances: number[]; same: number[]; score: number } } = JSON.parse(
    readFileSync(path, 'utf8'),
  );
  expect(averagePrecision(jnd)).toBeCloseTo(jnd.score, 12);
});
