import { describe, expect, it } from 'vitest';
import { countedMean, drawScores, estimate } from '../../src/scores/bootstrap.js';
import { twoAfcTable } from '../../src/scores/score-table.js';

/** 95 % of a normal distribution lie within so many standard deviations. */
const NORMAL_95 = 1.96;
/** Share by which an interval of 2000 draws may differ from the normal one. */
const TOLERANCE = 0.1;

describe('drawScores', () => {
  const values = Float64Array.from({ length: 400 }, (_, index) => (index * 7919) % 400);

  it('gives an interval of a mean of 400 values as wide as the normal distribution says', () => {
    const [drawn = new Float64Array()] = drawScores(400, [countedMean(values)], { draws: 2000, seed: 3 });
    const mean = values.reduce((sum, value) => sum + value, 0) / 400;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 400;
    const { low, high } = estimate(mean, drawn);
    const expected = 2 * NORMAL_95 * Math.sqrt(variance / 400);
    expect((high - low) / expected).toBeGreaterThan(1 - TOLERANCE);
    expect((high - low) / expected).toBeLessThan(1 + TOLERANCE);
  });

  it('draws the same with the same seed, and otherwise with another', () => {
    const draw = (seed: number) => drawScores(400, [countedMean(values)], { draws: 5, seed });
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('shows all scores the same draws, so that a difference of two keeps its sign', () => {
    const [less = [], more = []] = drawScores(
      400,
      [countedMean(values), countedMean(values.map((value) => value + 1))],
      { draws: 50 },
    );
    expect(less).toHaveLength(50);
    less.forEach((value, draw) => {
      expect((more[draw] ?? 0) - value).toBeCloseTo(1, 9);
    });
  });

  it('counts each item so often that every draw has as many as there are', () => {
    const countAll = (counts: Uint16Array) => counts.reduce((sum, count) => sum + count, 0);
    const [totals] = drawScores(30, [countAll], { draws: 20 });
    expect(totals).toEqual(new Float64Array(20).fill(30));
  });
});

describe('estimate', () => {
  it('leaves out draws in which a score is undefined', () => {
    const { low, high } = estimate(1, Float64Array.of(Number.NaN, 2, 2, Number.NaN));
    expect([low, high]).toEqual([2, 2]);
  });
});

describe('twoAfcTable', () => {
  it('takes the mean over distortions, not over triplets, and draws each on its own', () => {
    const judge = Float64Array.from({ length: 50 }, (_, index) => (index % 6) / 5);
    const distances = new Map([['m', { d0: judge, d1: judge.map((share) => 1 - share) }]]);
    const reverse = new Map([['m', { d0: judge.map((share) => 1 - share), d1: judge }]]);
    const { rows } = twoAfcTable([
      { distortion: 'a', judge, distances },
      { distortion: 'b', judge, distances: reverse },
    ]);
    const [metric] = rows;
    expect(metric?.mean.score).toBeCloseTo(0.5, 12);
    // draws of a and b were mirror images, and this interval of no width, if both had the same
    expect((metric?.mean.high ?? 0) - (metric?.mean.low ?? 0)).toBeGreaterThan(0.02);
  });
});
