import { paint } from 'lpips-pictures';
import { describe, expect, it } from 'vitest';
import { jpeg, webp } from '../../src/node/codecs.js';
import { grey, reds } from '../support/rows.js';

describe('codecs', () => {
  const flat = paint(32, 32, () => grey(0.5));

  it.each([
    ['jpeg', jpeg],
    ['webp', webp],
  ] as const)('%s keeps a flat picture within a level or two, at any quality', async (_, encode) => {
    for (const quality of [5, 90]) {
      const values = reds(await encode(flat, quality));
      expect(values).toHaveLength(32 * 32);
      expect(Math.max(...values.map((value) => Math.abs(value - 0.5)))).toBeLessThan(0.012);
    }
  });
});
