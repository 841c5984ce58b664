import { at } from 'lpips-core';
import { expect, it } from 'vitest';
import { drawPooled } from '../../src/training/dropout-noise.js';
import { randomStream } from '../../src/training/random-streams.js';
import { DROPOUT } from '../../src/training/recipe.js';

const DRAWS = 40_000;
/** Five standard errors of a mean and of a variance over that many draws, relative to the spread they estimate. */
const OF_MEAN = 5 / Math.sqrt(DRAWS);
const OF_VARIANCE = 5 * Math.sqrt(2 / DRAWS);

interface Moments {
  mean: number;
  variance: number;
}

function momentsOf(values: readonly number[]): Moments {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, variance };
}

/** Means of a map after dropout of its entries, as the official code computes them. */
function droppedOut(map: readonly number[], seed: number): number[] {
  const random = randomStream(seed, 'dropout');
  return Array.from({ length: DRAWS }, () => {
    const kept = map.map((value) => (random.uniform() < DROPOUT ? 0 : value / (1 - DROPOUT)));
    return kept.reduce((sum, value) => sum + value, 0) / map.length;
  });
}

/** Draws of `drawPooled` for the same map: its mean, and the deviation √(Σ x²)/n. */
function drawn(map: readonly number[], seed: number): number[] {
  const mean = map.reduce((sum, value) => sum + value, 0) / map.length;
  const deviation = Math.sqrt(map.reduce((sum, value) => sum + value ** 2, 0)) / map.length;
  const random = randomStream(seed, 'dropout', 1);
  const into = new Float32Array(DRAWS);
  const moments = new Float32Array(2 * DRAWS).fill(mean, 0, DRAWS).fill(deviation, DRAWS);
  drawPooled(moments, { rows: 1, channels: DRAWS }, random, into);
  return Array.from(into);
}

it.each([
  ['2x2, flat', [0.1, 0.1, 0.1, 0.1]],
  ['3x3, one bright position', [0.001, 0, 0.002, 0, 0.9, 0.001, 0, 0, 0.01]],
  ['4x4, a ramp', Array.from({ length: 16 }, (_, i) => i / 16)],
])('draws with the mean and the variance of real dropout on a map: %s', (_, map) => {
  const real = momentsOf(droppedOut(map, 7));
  const noise = momentsOf(drawn(map, 7));
  const spread = Math.sqrt(real.variance);
  expect(Math.abs(noise.mean - real.mean)).toBeLessThan(2 * OF_MEAN * spread);
  expect(Math.abs(noise.variance / real.variance - 1)).toBeLessThan(2 * OF_VARIANCE);
});

it('draws the channels independently of each other and differently at each step', () => {
  const moments = new Float32Array(2 * DRAWS).fill(0, 0, DRAWS).fill(1, DRAWS);
  const draw = (step: number) => {
    const into = new Float32Array(DRAWS);
    drawPooled(moments, { rows: 1, channels: DRAWS }, randomStream(3, 'dropout', step), into);
    return Array.from(into);
  };
  const [first, second] = [draw(1), draw(2)];
  const correlation = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, i) => sum + value * at(b, i), 0) / DRAWS;
  expect(Math.abs(correlation(first, [...first.slice(1), 0]))).toBeLessThan(OF_MEAN);
  expect(Math.abs(correlation(first, second))).toBeLessThan(OF_MEAN);
  expect(draw(1)).toEqual(first);
});
