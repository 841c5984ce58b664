import { paint } from 'lpips-pictures';
import { describe, expect, it } from 'vitest';
import { resize } from '../src/resize.js';
import { expectReds, row, samples } from './support/rows.js';

describe('resize', () => {
  it.each([
    ['box', [0, 1, 0.2, 0.4], 2, [0.5, 0.3]],
    ['nearest', [0, 1, 0.2, 0.4], 2, [1, 0.4]],
    ['nearest', [0, 1], 4, [0, 0, 1, 1]],
    ['linear', [0, 1], 4, [0, 0.25, 0.75, 1]],
    // a triangle two source pixels wide to each side, edges repeated: 1/8 3/8 3/8 1/8
    ['linear', [0, 1, 0, 1], 2, [3 / 8, 5 / 8]],
    // Catmull and Rom's at 1/4 and 3/4 between samples
    ['cubic', [0, 0, 1, 1], 8, [0, -0.0234375, -0.0703125, 0.203125, 0.796875, 1.0703125, 1.0234375, 1]],
  ] as const)('%s of %j to %i is %j', (kernel, values, width, expected) => {
    expectReds(resize(row(...values), width, 1, kernel), expected);
  });

  it.each(['nearest', 'box', 'linear', 'cubic', 'lanczos'] as const)(
    '%s keeps a flat picture flat, 7x5 to 4x9',
    (kernel) => {
      const result = resize(
        paint(7, 5, () => [0.3, 0.6, 0.9]),
        4,
        9,
        kernel,
      );
      expect([result.width, result.height]).toEqual([4, 9]);
      expect(result.data).toHaveLength(4 * 9 * 3);
      expect(new Set(samples(result))).toEqual(new Set([0.3, 0.6, 0.9]));
    },
  );
});
