import { describe, expect, it } from 'vitest';
import { HEAT_GRADIENT, inferno, infernoUnit } from '../src/inferno.js';

describe('inferno', () => {
  it('runs from black to pale yellow and holds its ends', () => {
    expect(inferno(0)).toEqual([0, 0, 4]);
    expect(inferno(1)).toEqual([0xfc, 0xff, 0xa4]);
    expect(inferno(7)).toEqual(inferno(1));
    expect(inferno(-7)).toEqual(inferno(0));
  });

  it('grows steadily in lightness', () => {
    const lightness = Array.from({ length: 65 }, (_, i) => inferno(i / 64)).map(
      ([r, g, b]) => 0.2126 * (r / 255) ** 2.2 + 0.7152 * (g / 255) ** 2.2 + 0.0722 * (b / 255) ** 2.2,
    );
    expect(lightness).toEqual(lightness.toSorted((a, b) => a - b));
    expect(new Set(lightness).size).toBe(65);
  });

  it('is the same in [0, 1]', () => {
    expect(infernoUnit(1)).toEqual([0xfc / 255, 1, 0xa4 / 255]);
    expect(infernoUnit(0.3)).toEqual(inferno(0.3).map((level) => level / 255));
  });

  it('is a CSS gradient through the same colours', () => {
    const stops = Array.from(HEAT_GRADIENT.matchAll(/rgb\((\d+) (\d+) (\d+)\)/g), ([, ...rgb]) =>
      rgb.map(Number),
    );
    expect(stops).toHaveLength(18);
    for (const [i, stop] of stops.entries()) {
      const colour = inferno(i / (stops.length - 1));
      expect(stop).toEqual(colour.map(Math.round));
    }
  });
});
