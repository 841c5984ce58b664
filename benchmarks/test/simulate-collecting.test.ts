import { describe, expect, it } from 'vitest';
import { meanCurve, votesToReach } from '../src/simulate-collecting.js';

const curve = [0.84, 0.852, 0.844, 0.851].map((score, index) => ({ votes: 50 * (index + 1), score }));

describe('votesToReach', () => {
  it('is where a curve comes near enough to a score and stays there', () => {
    expect(votesToReach(curve, 0.854, 0.005)).toBe(200); // 100 votes reached it, 150 did not
    expect(votesToReach(curve, 0.854, 0.02)).toBe(50);
  });

  it('is infinite where the last score is too low', () => {
    expect(votesToReach(curve, 0.9, 0.005)).toBe(Number.POSITIVE_INFINITY);
  });
});

it('the mean of curves has the mean of their scores at each number of votes', () => {
  const other = curve.map(({ votes, score }) => ({ votes, score: score + 0.02 }));
  const mean = meanCurve([curve, other]);
  expect(mean).toHaveLength(curve.length);
  for (const [index, { votes, score }] of mean.entries()) {
    expect(votes).toBe(curve[index]?.votes);
    expect(score).toBeCloseTo((curve[index]?.score ?? 0) + 0.01, 12);
  }
});
