import { paint } from 'lpips-pictures';
import { describe, expect, it } from 'vitest';
import { reduceColours } from '../../src/distortions/palette.js';
import { expectReds, row } from '../support/rows.js';

describe('reduceColours', () => {
  it('finds the means of two groups, and leaves no more colours than it is given', () => {
    expectReds(reduceColours(row(0, 0.1, 0.2, 0.8, 1), 2), [0.1, 0.1, 0.1, 0.9, 0.9]);
    const many = paint(32, 32, (x, y) => [x / 32, y / 32, 0.5]);
    const { data } = reduceColours(many, 5);
    const colours = new Set(Array.from({ length: 1024 }, (_, i) => data.slice(3 * i, 3 * i + 3).join()));
    expect(colours.size).toBe(5);
  });
});
