import { at } from 'lpips-core';
import { paint, type Raster, seededRandom } from 'lpips-pictures';
import {
  distortAtRandom,
  distortBy,
  drawStrength,
  type Family,
  HELD_OUT_FAMILIES,
  TRADITIONAL_FAMILIES,
  TRAINING_FAMILIES,
  UNSEEN_FAMILIES,
} from 'lpips-pictures/node';
import { describe, expect, it } from 'vitest';

/** 64x64: coloured waves, coarse to fine, and a bright bar. */
function picture(phase = 0): Raster {
  return paint(64, 64, (x, y) => {
    const wave = Math.sin(0.003 * (x + phase) ** 2) * Math.cos(0.11 * y);
    const bar = x > 40 && x < 46 ? 0.3 : 0;
    return [0.45 + 0.3 * wave + bar, 0.5 + 0.25 * Math.sin(0.2 * y + phase), 0.4 + 0.2 * wave * wave + bar];
  });
}

function meanSquares(a: Raster, b: Raster): number {
  return a.data.reduce((sum, value, i) => sum + (value - at(b.data, i)) ** 2, 0) / a.data.length;
}

const SETS = [
  ['training', TRAINING_FAMILIES, 16],
  ['held out', HELD_OUT_FAMILIES, 10],
  ['unseen', UNSEEN_FAMILIES, 3],
  ['traditional', TRADITIONAL_FAMILIES, 18],
] as const;

describe.each(SETS)('families, %s', (_, families, count) => {
  it(`are ${count}, each with a name of its own`, () => {
    expect(new Set(families.map(({ id }) => id)).size).toBe(count);
  });

  const byId = families.map((family): [string, Family] => [family.id, family]);

  it.each(byId)('%s changes 64x64 at its weakest, and more at its strongest', async (_, family) => {
    const [image, other] = [picture(), picture(9)];
    const error = async (strength: number) => {
      let sum = 0;
      for (const seed of [1, 2, 3]) {
        const result = await distortBy(image, family, strength, seededRandom(seed), () => other);
        expect([result.width, result.height, result.data.length]).toEqual([64, 64, 64 * 64 * 3]);
        expect(result.data.every((value) => value >= 0 && value <= 1)).toBe(true);
        sum += meanSquares(result, image);
      }
      return sum / 3;
    };
    const weak = await error(family.weakest);
    expect(weak).toBeGreaterThan(0);
    expect(await error(family.strongest)).toBeGreaterThan(1.5 * weak);
  });

  it.each(byId)('%s is the same for the same seed, and leaves its input alone', async (_, family) => {
    const image = picture();
    const before = image.data.slice();
    const strength = Math.sqrt(family.weakest * family.strongest);
    const [a, b] = [1, 2].map(() => distortBy(image, family, strength, seededRandom(7)));
    expect((await a)?.data).toEqual((await b)?.data);
    expect(image.data).toEqual(before);
  });
});

describe('drawStrength', () => {
  it('draws evenly over the logarithms', () => {
    const random = seededRandom(3);
    const family: Family = { id: 'none', weakest: 0.01, strongest: 1, apply: (image) => image };
    const drawn = Array.from({ length: 4000 }, () => drawStrength(family, random));
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0.01);
    expect(Math.max(...drawn)).toBeLessThan(1);
    const below = drawn.filter((strength) => strength < 0.1).length;
    expect(below / drawn.length).toBeCloseTo(0.5, 1);
  });
});

describe('distortAtRandom', () => {
  it('takes one to three different families in a row, all of them in time', async () => {
    const seen = new Map<number, number>();
    const families = new Set<string>();
    for (let seed = 0; seed < 150; seed++) {
      const made = await distortAtRandom(picture(), TRAINING_FAMILIES, seededRandom(seed));
      expect(new Set(made.families).size).toBe(made.families.length);
      seen.set(made.families.length, (seen.get(made.families.length) ?? 0) + 1);
      for (const id of made.families) families.add(id);
    }
    expect(new Set(seen.keys())).toEqual(new Set([1, 2, 3]));
    expect(Math.min(...seen.values())).toBeGreaterThan(30);
    expect(families.size).toBe(16);
  });

  it('gives the same picture for the same seed and another for another', async () => {
    const make = (seed: number) =>
      distortAtRandom(picture(), TRADITIONAL_FAMILIES, seededRandom(seed), { most: 2 });
    expect(await make(4)).toEqual(await make(4));
    expect((await make(4)).image.data).not.toEqual((await make(5)).image.data);
  });
});
