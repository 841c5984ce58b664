/**
 * The one-file example, as any static server serves it from the root of the repository.
 */
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { suiteInChromium, WEBGL_FLAGS } from './support/chromium.js';
import { type Answer, startFileServer } from './support/file-server.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FIXTURES = join(ROOT, 'packages/matchers/test/fixtures');
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
      await page.locator('#image').setInputFiles(join(FIXTURES, 'moved.png'));
      await page.locator('#reference').setInputFiles(join(FIXTURES, 'reference.png'));
      await told(/^0\.0123, from 0/); // what `lpips distance` prints for them, to four digits
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
