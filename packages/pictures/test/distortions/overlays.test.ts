import { paint, seededRandom } from 'lpips-pictures';
import { describe, expect, it } from 'vitest';
import { addPatches, blend, mirror } from '../../src/distortions/overlays.js';
import { expectReds, grey, reds, row } from '../support/rows.js';

describe('overlays', () => {
  const flat = paint(32, 32, () => grey(0.5));

  it('blend and mirror', () => {
    expectReds(blend(row(0, 1), row(1, 1), 0.25), [0.25, 1]);
    expectReds(mirror(row(0.1, 0.2, 0.3)), [0.3, 0.2, 0.1]);
  });

  it('addPatches covers at most the stated share', () => {
    for (let seed = 1; seed < 20; seed++) {
      const changed =
        reds(addPatches(flat, 0.25, seededRandom(seed))).filter((value) => value !== 0.5).length / 1024;
      expect(changed).toBeGreaterThan(0);
      expect(changed).toBeLessThan(0.32);
    }
  });
});
