import { drawVotes, preference, sameness } from 'bapps-train';
import { seededRandom } from 'lpips-pictures';
import { describe, expect, it } from 'vitest';

describe('preference', () => {
  it.each([
    [1, 2, 0.5, 1 / (1 + 2 ** 2)],
    [2, 1, 0.5, 1 - 1 / (1 + 2 ** 2)],
    [0.1, 0.3, 1, 1 / (1 + 3)],
    [0.7, 0.7, 0.4, 0.5],
    [0, 0, 0.4, 0.5],
    [0, 0.1, 0.4, 0],
    [0.1, 0, 0.4, 1],
    [1, 1.0001, 0, 0],
    [1.0001, 1, 0, 1],
    [1, 1, 0, 0.5],
  ])('of distances %d and %d with noise %d is %d', (d0, d1, noise, expected) => {
    expect(preference(d0, d1, noise)).toBeCloseTo(expected, 12);
  });
});

describe('sameness', () => {
  it.each([
    [0.1, 0.5],
    [0.2, 1 / (1 + 2 ** 2)],
    [0.05, 1 - 1 / (1 + 2 ** 2)],
    [0, 1],
  ])('at distance %d, of a threshold of 0.1 and noise 0.5, is %d', (distance, expected) => {
    expect(sameness(distance, { noise: 0.5, threshold: 0.1 })).toBeCloseTo(expected, 12);
  });
});

describe('drawVotes', () => {
  it('gives shares of the votes, whose mean is the probability', () => {
    const random = seededRandom(1);
    const shares = Array.from({ length: 4000 }, () => drawVotes(0.3, 5, random));
    expect(new Set(shares)).toEqual(new Set([0, 0.2, 0.4, 0.6, 0.8, 1]));
    expect(shares.reduce((a, b) => a + b, 0) / shares.length).toBeCloseTo(0.3, 1);
  });

  it('is unanimous where there is no doubt', () => {
    expect([drawVotes(0, 5, seededRandom(1)), drawVotes(1, 5, seededRandom(1))]).toEqual([0, 1]);
  });
});
