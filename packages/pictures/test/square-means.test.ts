import { expect, it } from 'vitest';
import { squareMeans } from '../src/square-means.js';

it('gives the mean of each square of 2x2 in 3x3', () => {
  const plane = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
  expect([...squareMeans(plane, { width: 3, height: 3 }, 2)]).toEqual([3, 4, 6, 7]);
});

it.each([
  [1, 5, 4],
  [3, 5, 4],
  [4, 5, 4],
])('agrees with sums over each square: side %i, %ix%i', (side, width, height) => {
  const plane = Float32Array.from({ length: width * height }, (_, i) => (i * 37) % 11);
  const means = squareMeans(plane, { width, height }, side);
  const [wide, high] = [width - side + 1, height - side + 1];
  expect(means).toHaveLength(wide * high);
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      let sum = 0;
      for (let v = y; v < y + side; v++)
        for (let u = x; u < x + side; u++) sum += plane[v * width + u] ?? Number.NaN;
      expect(means[y * wide + x]).toBeCloseTo(sum / side ** 2, 5);
    }
  }
});
