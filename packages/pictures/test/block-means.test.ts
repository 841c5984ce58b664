import { blockMeans, paint } from 'lpips-pictures';
import { describe, expect, it } from 'vitest';
import { expectReds, grey, samples } from './support/rows.js';

describe('blockMeans', () => {
  it('3x3 in blocks of 2: one whole block, two halves and a corner', () => {
    const means = blockMeans(
      paint(3, 3, (x, y) => grey((x + 3 * y) / 10)),
      2,
    );
    expect([means.width, means.height]).toEqual([2, 2]);
    expectReds(means, [(0 + 1 + 3 + 4) / 40, (2 + 5) / 20, (6 + 7) / 20, 8 / 10]);
  });

  it('takes the mean of each channel', () => {
    expect(
      samples(
        blockMeans(
          paint(2, 1, (x) => [x, 0.5, 1 - x / 2]),
          2,
        ),
      ),
    ).toEqual([0.5, 0.5, 0.75]);
  });
});
