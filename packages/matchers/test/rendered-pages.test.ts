/**
 * Chromium draws the page in every way, and the matchers judge it. `--update` also writes the fixtures. `LPIPS_ALL_PAGES=1`
 * adds a dark page, one at twice the resolution, and the official nets that are at hand, and prints what it measures.
 */
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteInChromium } from '../../../test/support/chromium.js';
import { describeWithShared } from '../../../test/support/shared-data.js';
import { compareImages } from '../src/compare-images.js';
import type { LookOptions } from '../src/matcher-types.js';
import { differentPixels, FIXTURES, fixture, fixtureNames } from './support/fixtures.js';
import { OTHER_PAGES, PAGE_SIZE, renderPages, SAME_PAGES } from './support/ui-page.js';

const isThorough = process.env['LPIPS_ALL_PAGES'] !== undefined;
const PAGES: readonly { name: string; style: { dark?: boolean; deviceScaleFactor?: number } }[] = [
  { name: 'a light page, 800x600', style: {} },
  ...(isThorough
    ? [
        { name: 'a dark page, 800x600', style: { dark: true } },
        { name: 'a light page, 1600x1200', style: { deviceScaleFactor: 2 } },
      ]
    : []),
];
/** Time in which Chromium draws all of them, on a busy machine. */
const RENDER_TIMEOUT_MS = 180_000;

suiteInChromium('the matchers on pages', () => {
  for (const { name, style } of PAGES) {
    describe(name, () => {
      let shots: ReadonlyMap<string, Buffer> = new Map();
      const shot = (key: string): Buffer => shots.get(key) ?? Buffer.alloc(0);

      beforeAll(async () => {
        shots = await renderPages(style);
      }, RENDER_TIMEOUT_MS);

      const isAlike = async (key: string, options: LookOptions): Promise<boolean> => {
        const { isAlike, distance, local, colour, shape, net } = await compareImages(
          shot(key),
          shot('reference'),
          { pixelRatio: style.deviceScaleFactor ?? 1, ...options },
        );
        if (isThorough) {
          const pixels = await differentPixels(shot(key), shot('reference'));
          const places = Object.entries({ local, colour, shape });
          const locals = places.map(([name, place]) => `${name} ${place.distance.toFixed(3)}`);
          const numbers = `distance ${distance.toFixed(4)}, ${locals.join(', ')}`;
          process.stdout.write(`${name}, ${net}, ${key}: ${pixels} pixels, ${numbers}\n`);
        }
        return isAlike;
      };

      const judge = (net: 'lite' | 'alex' | 'squeeze', options: LookOptions = {}) => {
        it.each(Object.keys(SAME_PAGES))(`${net} passes the page: %s`, async (key) => {
          expect(await isAlike(key, { net, ...options })).toBe(true);
        });
        it.each(Object.keys(OTHER_PAGES))(`${net} refuses the page: %s`, async (key) => {
          expect(await isAlike(key, { net, ...options })).toBe(false);
        });
      };

      judge('lite');
      if (name === PAGES[0]?.name) {
        it('draws the fixtures in their size, which --update writes', async () => {
          for (const name of fixtureNames) {
            const screenshot = sharp(shot(FIXTURES[name])).removeAlpha();
            expect(await screenshot.metadata()).toMatchObject(PAGE_SIZE);
            if (expect.getState().snapshotState.snapshotUpdateState !== 'all') continue;
            await screenshot.png({ compressionLevel: 9 }).toFile(fixture(name));
          }
        });
      }
      if (isThorough) {
        describeWithShared('by official weights', ['weights'], (path) => {
          judge('alex', { weightsDir: path('weights') });
          judge('squeeze', { weightsDir: path('weights') });
        });
      }
    });
  }
});
