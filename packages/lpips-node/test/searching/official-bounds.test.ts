/**
 * The bounds with official weights on photographs and copies of them, and the lengths of the vectors that the READMEs state.
 */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { at, decodeFloats, encodeFloats, type Features } from 'lpips-core';
import { bounds, type Summary, summary } from 'lpips-search';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { describeWithShared } from '../../../../test/support/shared-data.js';
import { selectBackend } from '../../src/backends/select-backend.js';
import { takeNumber } from '../../src/comparing/take-values.js';
import { readImage } from '../../src/images/read-image.js';
import { loadLpips } from '../../src/weights/load-lpips.js';

const PHOTOS = 'images/natural/val';
const SIZE = { width: 64, height: 64 };
const PHOTOGRAPHS = 6;
/** What float32 leaves uncertain of a distance d: 1e-6 · (1 + d). */
const UNCERTAIN = 1e-6;

describeWithShared('bounds with official weights', ['weights', PHOTOS], (path) => {
  it.each([
    ['alex', 8016, 0.84],
    ['vgg', 11_776, 0.55],
  ] as const)(
    '%s: %s numbers, and every pair within them',
    { timeout: 120_000 },
    async (net, numbers, tightness) => {
      await selectBackend('wasm');
      const lpips = await loadLpips({ net, weightsDir: path('weights'), onWarning: null });
      const names = readdirSync(path(PHOTOS)).slice(0, PHOTOGRAPHS);
      const photographs = await Promise.all(names.map((name) => readFile(join(path(PHOTOS), name))));
      const copies = await Promise.all(
        photographs.map((photograph) => sharp(photograph).jpeg({ quality: 20 }).toBuffer()),
      );
      const features: Features[] = [];
      const summaries: Summary[] = [];
      for (const file of [...photographs, ...copies]) {
        const image = await readImage(file, { size: SIZE });
        features.push(lpips.features(image));
        summaries.push(at(await summary(lpips, at(features, features.length - 1)), 0));
        image.dispose();
      }
      expect(new Set(summaries.map(({ values }) => values.length))).toEqual(new Set([numbers]));
      const shares: number[] = [];
      for (const [a, u] of features.entries()) {
        for (const [b, v] of features.entries()) {
          if (b <= a) continue;
          const d = await takeNumber(lpips.distance(u, v));
          for (const other of [at(summaries, b), rounded(at(summaries, b))]) {
            const { lower, upper } = bounds(at(summaries, a), other);
            expect(lower).toBeLessThanOrEqual(d + UNCERTAIN * (1 + d));
            expect(upper).toBeGreaterThanOrEqual(d - UNCERTAIN * (1 + d));
          }
          const { lower, estimate } = bounds(at(summaries, a), at(summaries, b));
          shares.push(lower / d);
          if (d > 0.2) expect(Math.abs(estimate / d - 1)).toBeLessThan(0.3);
        }
      }
      expect(
        at(
          shares.toSorted((a, b) => a - b),
          Math.floor(shares.length / 2),
        ),
      ).toBeGreaterThan(tightness);
      for (const each of features) each.dispose();
      lpips.dispose();
    },
  );
});

/** As an index stores it: float16 of 2^14 times the numbers, and how far that lies from them. */
function rounded({ values }: Summary): Summary {
  const scaled = values.map((value) => value * 2 ** 14);
  const stored = decodeFloats(encodeFloats(scaled, 'F16'), 'F16').map((value) => value / 2 ** 14);
  const squares = values.reduce((sum, value, i) => sum + (value - at(stored, i)) ** 2, 0);
  return { values: stored, slack: Math.sqrt(squares) };
}
