/** The site as `npm run docs` builds it: what a visitor sees, hears and finds, and that no other host is asked for anything. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AxeResults, RunOptions } from 'axe-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Chromium, suiteInChromium } from '../../../test/support/chromium.js';
import { leaveOut } from '../../../test/support/leave-out.js';
import { type PageServer, serveFiles } from '../../../test/support/serve-page.js';

const SITE = fileURLToPath(new URL('../../.vitepress/dist', import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { width: 390, height: 844 };
const PATIENCE = 20_000;

declare const axe: { run: (options: RunOptions) => Promise<AxeResults> };

if (existsSync(SITE)) suiteInChromium('the site', suite);
else {
  leaveOut('the site', {
    reason: 'npm run docs has not been run',
    isRequired: process.env['LPIPS_DOCS'] === 'required',
    need: 'needs the built site',
  });
}

function suite(chromium: Chromium): void {
  let server: PageServer;

  beforeAll(async () => {
    const names = readdirSync(SITE, { recursive: true }).map(String);
    const files = names.filter((name) => statSync(join(SITE, name)).isFile());
    server = await serveFiles(new Map(files.map((name) => [`/${name}`, readFileSync(join(SITE, name))])));
  });
  afterAll(() => server.close());

  it.each([
    '/index.html',
    '/start.html',
    '/how-it-works.html',
    '/packages/lpips-node.html',
    '/api/lpips-core.html',
  ])(
    '%s has nothing that axe finds, bright on a desk and dark on a phone, and asks no other host',
    async (address) => {
      const page = await chromium.newPage();
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        if (colorScheme === 'dark') await page.setViewportSize(PHONE);
        await page.goto(server.url + address, { waitUntil: 'networkidle' });
        await page.evaluate(AXE);
        const { violations } = await page.evaluate(() => axe.run({ resultTypes: ['violations'] }));
        const found = violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(', ')}`,
        );
        expect(found).toEqual([]);
        const beyond = await page.evaluate(() => {
          const { scrollWidth, clientWidth } = document.documentElement;
          return scrollWidth - clientWidth;
        });
        expect(beyond).toBe(0);
      }
      expect(asked.filter((url) => !url.startsWith(server.url) && !url.startsWith('data:'))).toEqual([]);
    },
  );

  it('is searched by keyboard, without a server', async () => {
    const page = await chromium.newPage();
    await page.goto(`${server.url}/start.html`, { waitUntil: 'networkidle' });
    // The page hears keys once its scripts have run, and the box once its own script has come: on a busy machine both are late.
    const isOpen = () => page.locator('.VPLocalSearchBox input:focus').isVisible();
    await expect
      .poll(() => page.keyboard.press('Control+k').then(isOpen), { timeout: PATIENCE, interval: 200 })
      .toBe(true);
    await page.keyboard.insertText('cacheTargets');
    await page.locator('.VPLocalSearchBox .result').first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/lpips-loss/);
  });

  it('has the live page, and pages for agents', async () => {
    const page = await chromium.newPage();
    await page.goto(`${server.url}/live/index.html`);
    expect(await page.title()).toContain('LPIPS');
    expect(readFileSync(join(SITE, 'llms.txt'), 'utf8')).toContain('](/guides/train-an-autoencoder.md)');
    expect(readFileSync(join(SITE, 'guides/train-an-autoencoder.md'), 'utf8')).toContain(
      'reconstructionLoss',
    );
  });
}
