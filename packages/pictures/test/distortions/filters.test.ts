import { paint } from 'lpips-pictures';
import { describe, expect, it } from 'vitest';
import {
  blurMotion,
  median,
  mosaic,
  sharpen,
  shrinkAndEnlarge,
  smoothAreas,
} from '../../src/distortions/filters.js';
import { expectReds, grey, reds, row } from '../support/rows.js';

describe('filters', () => {
  it('median takes the middle of nine, edges repeated', () => {
    expectReds(median(row(0, 1, 0, 0, 1, 1), 1), [0, 0, 0, 0, 1, 1]);
    const nine = paint(3, 3, (x, y) => grey(((4 * (x + 3 * y)) % 9) / 10)); // 0, 0.1 … 0.8 in disorder
    expect(reds(median(nine, 1))[4]).toBeCloseTo(0.4, 5);
  });

  it('mosaic gives blocks their mean', () => {
    expectReds(mosaic(row(0, 1, 0.2, 0.4, 0.9), 2), [0.5, 0.5, 0.3, 0.3, 0.9]);
  });

  it('blurMotion spreads a point along a line of three', () => {
    expectReds(blurMotion(row(0, 0, 0.9, 0, 0), 3, 0), [0, 0.3, 0.3, 0.3, 0]);
    expectReds(blurMotion(row(0, 0, 0.9, 0, 0), 3, Math.PI / 2), [0, 0, 0.9, 0, 0]);
  });

  it('sharpen steepens an edge and leaves areas alone', () => {
    const [first, , before, after, , last] = reds(sharpen(row(0.2, 0.2, 0.2, 0.8, 0.8, 0.8), 1));
    expect(first).toBeCloseTo(0.2, 1);
    expect(last).toBeCloseTo(0.8, 1);
    expect(before).toBeLessThan(0.05);
    expect(after).toBeGreaterThan(0.95);
  });

  it('smoothAreas evens out small steps and keeps large ones', () => {
    const [a = 0, b = 0, c = 0, d = 0] = reds(smoothAreas(row(0.2, 0.22, 0.8, 0.82), 0.1));
    expect(b - a).toBeLessThan(0.01);
    expect(d - c).toBeLessThan(0.01);
    expect(c - b).toBeGreaterThan(0.57);
  });

  it('shrinkAndEnlarge by box and nearest makes blocks', () => {
    expectReds(shrinkAndEnlarge(row(0, 1, 0.2, 0.4), 2, 'box', 'nearest'), [0.5, 0.5, 0.3, 0.3]);
  });
});
