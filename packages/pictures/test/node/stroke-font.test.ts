import { describe, expect, it } from 'vitest';
import { strokeText, strokeTextWidth } from '../../src/node/stroke-font.js';

describe('strokeText', () => {
  it('has a glyph for every character that titles are made of', () => {
    const svg = strokeText('LPIPS distance 0.123456789 alex squeeze vgg lite-prototype', {
      x: 0,
      y: 9,
      height: 9,
      colour: '#ffffff',
    });
    const empty = svg.match(/d=""/g) ?? [];
    expect(empty).toHaveLength(6); // the spaces
  });

  it('is as wide as its glyphs', () => {
    expect(strokeTextWidth('00', 6)).toBeCloseTo(4 + 1.6 + 4);
    expect(strokeTextWidth('00', 12)).toBeCloseTo(2 * strokeTextWidth('00', 6));
  });
});
