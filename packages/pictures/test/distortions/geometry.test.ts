import { paint, type Raster } from 'lpips-pictures';
import { describe, expect, it } from 'vitest';
import {
  ripple,
  rotate,
  shift,
  shiftChannels,
  tilt,
  transform,
  warp,
  zoom,
} from '../../src/distortions/geometry.js';
import { grey, samples } from '../support/rows.js';

describe('geometry', () => {
  const ramp = paint(9, 9, (x, y) => [x / 10, y / 10, 0]);
  const at = (image: Raster, x: number, y: number) =>
    Array.from(
      image.data.slice(3 * (y * 9 + x), 3 * (y * 9 + x) + 2),
      (value) => Math.round(value * 1e4) / 1e3,
    );

  it('shift moves to the right and down, between pixels too', () => {
    expect(at(shift(ramp, 1, 2), 4, 4)).toEqual([3, 2]);
    expect(at(shift(ramp, 0.5, -0.25), 4, 4)).toEqual([3.5, 4.25]);
  });

  it('rotate by 90° clockwise brings the left to the top', () => {
    expect(at(rotate(ramp, 90), 4, 1)).toEqual([1, 4]);
  });

  it('zoom by 2 halves the way from the centre', () => {
    expect(at(zoom(ramp, 2), 6, 2)).toEqual([5, 3]);
  });

  it('transform reads where the matrix says', () => {
    expect(at(transform(ramp, [1, 0.5, 0, 1]), 4, 6)).toEqual([5, 6]);
  });

  it('tilt draws one side together: at depth 1 + 0.9 · 2/9 = 1.2', () => {
    expect(at(tilt(ramp, 0.9, 0), 6, 4)).toEqual([5.667, 4]);
  });

  it('warp moves along waves by at most its amplitude', () => {
    const crest = { length: 1e9, phase: Math.PI / 2 };
    expect(at(warp(ramp, 1, [crest, crest, crest, crest]), 4, 4)).toEqual([5, 5]);
    const calm = { length: 1e9, phase: 0 };
    expect(at(warp(ramp, 1, [crest, calm, calm, calm]), 4, 4)).toEqual([4.5, 4]);
  });

  it('ripple leaves the centre and pushes outwards: sin(2π · 2/8) = 1', () => {
    expect(at(ripple(ramp, 0.5, 8), 4, 4)).toEqual([4, 4]);
    expect(at(ripple(ramp, 0.5, 8), 6, 4)).toEqual([6.5, 4]);
  });

  it('shiftChannels moves red and blue apart, green stays', () => {
    const grey3 = paint(9, 1, (x) => grey(x / 10));
    expect(samples(shiftChannels(grey3, 1, 0)).slice(12, 15)).toEqual([0.3, 0.4, 0.5]);
  });
});
