/**
 * The one-file example, as any static server serves it from the root of the repository.
 */
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadLpips, readImage, selectBackend } from 'lpips-node';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { suiteInChromium, WEBGL_FLAGS } from './support/chromium.js';
import { type Answer, startFileServer } from './support/file-server.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FIXTURES = join(ROOT, 'packages/matchers/test/fixtures');
/** A little more than half of the last of four digits. */
const SHOWN = 6e-5;
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** Sends the files of the repository, with the types that browsers ask of pages and modules. */
const sendFile: Answer = (request, response) => {
  const path = join(ROOT, new URL(request.url ?? '/', 'http://host').pathname.replace(/\/$/, '/index.html'));
  void readFile(path).then(
    (body) =>
      response
        .writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' })
        .end(body),
    () => response.writeHead(404).end(),
  );
};

suiteInChromium(
  'examples/browser-minimal',
  (chromium) => {
    it('compares two pictures, and says in words what it cannot compare', async () => {
      const { url } = await startFileServer(sendFile);
      const page = await chromium.newPage();
      const outside: string[] = [];
      page.on('request', (request) => {
        if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(url))
          outside.push(request.url());
      });
      await page.goto(`${url}/examples/browser-minimal/`);
      const told = (text: string | RegExp) => page.locator('output').filter({ hasText: text }).waitFor();
      await told('Choose two pictures');
      // Small ones: shaders run on the processor here.
      const [image, reference] = await Promise.all(
        ['moved.png', 'reference.png'].map(async (name) => ({
          name,
          mimeType: 'image/png',
          buffer: await sharp(join(FIXTURES, name))
            .extract({ left: 200, top: 120, width: 64, height: 48 })
            .png()
            .toBuffer(),
        })),
      );
      if (!image || !reference) throw new Error('there are two pictures');
      await selectBackend('wasm');
      const lpips = await loadLpips({ net: 'lite' });
      const pair = [await readImage(image.buffer), await readImage(reference.buffer)] as const;
      const [expected = Number.NaN] = await lpips.distance(...pair).data();
      expect(expected).toBeGreaterThan(0.001);
      await page.locator('#image').setInputFiles(image);
      await page.locator('#reference').setInputFiles(reference);
      await told(/^\d\.\d{4}, from 0/);
      const shown = Number.parseFloat((await page.locator('output').textContent()) ?? '');
      expect(Math.abs(shown - expected)).toBeLessThan(SHOWN);
      await page.locator('#image').setInputFiles({
        name: 'text.png',
        mimeType: 'image/png',
        buffer: Buffer.from('no picture'),
      });
      await told(/^imageFrom: expected/);
      expect(outside).toEqual([]);
    });
  },
  WEBGL_FLAGS,
);
