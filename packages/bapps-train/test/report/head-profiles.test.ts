import { describe, expect, it } from 'vitest';
import { headProfiles } from '../../src/report/head-profiles.js';

describe('headProfiles', () => {
  const page = headProfiles(
    [
      { weights: Float32Array.of(0, 4, 1, 0), compared: Float32Array.of(1, 1, 1, 1) },
      { weights: Float32Array.of(1, 1, 1) },
      { weights: new Float32Array(2) },
    ],
    'trained',
    'others',
  ).toString();

  it('says how many channels are zero and how few hold half of the weight', () => {
    expect(page).toContain('4 channels, <b>50 %</b> are zero; half of the weight lies in 1.');
    expect(page).toContain('3 channels, none is zero; half of the weight lies in 2.');
    expect(page).toContain('2 channels, <b>100 %</b> are zero');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('draws weights sorted, as a share of the largest, and what they are compared with as a line', () => {
    expect(page).toContain('points="0,70 0.0,0.0 50.0,0.0 50.0,52.5 100.0,52.5 100.0,70.0');
    expect(page.match(/<polyline class="stroke"/g)).toHaveLength(1);
    expect(page.match(/<svg\b[^>]*role="img" aria-label="[^"]+"/g)).toHaveLength(3);
  });
});
