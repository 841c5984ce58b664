import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { selectBackend } from 'lpips-node';
import type { Locator } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Page, suiteInChromium } from '../../../../test/support/chromium.js';
import { findFailures } from '../../src/review/find-failures.js';
import { galleryPage } from '../../src/review/gallery-page.js';
import { startReviewServer } from '../../src/review/review-server.js';
import { type FailedProject, failedProject, HOME, MARKUP_NAME } from '../support/failed-project.js';

beforeAll(() => selectBackend('wasm'));

describe('galleryPage', () => {
  it('escapes names, and loads nothing', async () => {
    const page = await written(await failedProject());
    expect(page).not.toContain('<img src=x');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&lt;/script&gt;&amp;');
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toMatch(/(?:src|href)="(?!data:|#)/);
  });

  it('is a page where nothing has failed', async () => {
    expect(await galleryPage([], { project: 'none', isServed: false })).toContain('No image looks different');
  });
});

describe('the review server', () => {
  it('answers only its own address, and who has its token', async () => {
    const project = await failedProject();
    const server = await startReviewServer(project.folder, 'test', 0, () => undefined);
    try {
      const { origin, searchParams, host } = new URL(server.address);
      const token = searchParams.get('token') ?? '';
      const status = async (path: string, init: RequestInit = {}) =>
        (await fetch(origin + path, init)).status;
      const post = (headers: Record<string, string>, body = '{}') =>
        status('/accept', { method: 'POST', headers, body });
      expect(host).toMatch(/^127\.0\.0\.1:\d+$/);
      expect(await status('/')).toBe(403);
      expect(await status(`/?token=${token.replace(/./, 'x')}`)).toBe(403);
      expect(await status(`/?token=${token}`)).toBe(200);
      expect(await status(`/../../etc/passwd?token=${token}`)).toBe(404);
      expect(await post({})).toBe(403);
      expect(await post({ 'x-review-token': token })).toBe(404);
      expect(await post({ 'x-review-token': token }, '{"id":"../../x"}')).toBe(404);
      expect(await post({ 'x-review-token': token }, 'x'.repeat(5000))).toBe(404);
      expect(await status(`/accept?token=${token}`)).toBe(404);
      expect(await foreignHost(origin, `/?token=${token}`)).toBe(403);
      expect(await readFile(project.at(HOME))).toEqual(project.images['reference.png']);
    } finally {
      await server.close();
    }
  });
});

suiteInChromium('the gallery', ({ newPage }) => {
  it('shows the pictures side by side, over each other with a slider, and in turn', async () => {
    const project = await failedProject();
    const page = await newPage();
    const faults = faultsOf(page);
    await writeFile(project.at('gallery.html'), await written(project));
    await page.goto(pathToFileURL(project.at('gallery.html')).href);
    expect(await page.title()).toMatch(/^3 images look different/);
    const headings = await page.locator('.failure h2').allTextContents();
    expect(headings[0]).toBe(MARKUP_NAME.replaceAll('/', ''));
    const failure = page.locator('.failure', { hasText: 'home' }).first();
    const [expected, actual] = [failure.locator('.expected img'), failure.locator('.actual img')];
    const widths = await page
      .locator('.viewer img')
      .evaluateAll((images) => images.map((image) => Reflect.get(image, 'naturalWidth')));
    expect(widths.every((width) => width > 0)).toBe(true);
    expect((await actual.boundingBox())?.x).toBeGreaterThan((await expected.boundingBox())?.x ?? Number.NaN);

    await failure.getByRole('button', { name: 'Slide' }).click();
    expect(await actual.boundingBox()).toEqual(await expected.boundingBox());
    await failure.getByRole('slider').fill('25');
    const clip = await styleOf(failure.locator('.actual'), 'clipPath');
    expect(clip).toContain('25%');

    await failure.getByRole('button', { name: 'Blink' }).click();
    const blinking = await styleOf(failure.locator('.actual'), 'animationName');
    expect(blinking).toBe('blink');
    await failure.getByRole('button', { name: 'Difference' }).click();
    expect([await expected.isVisible(), await failure.locator('.heat img').isVisible()]).toEqual([
      false,
      true,
    ]);
    expect(await page.getByRole('button', { name: /Accept/ }).count()).toBe(0);
    expect(faults).toEqual([]);
    await page.close();
  });

  it.each([320, 1280])('fits a window of %i pixels', async (width) => {
    const project = await failedProject();
    const page = await newPage();
    await page.setViewportSize({ width, height: 800 });
    await writeFile(project.at('gallery.html'), await written(project));
    await page.goto(pathToFileURL(project.at('gallery.html')).href);
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(wide).toBeLessThanOrEqual(width);
    await page.close();
  });

  it('accepts an image by its button, then all that have a snapshot', async () => {
    const project = await failedProject();
    const accepted: string[] = [];
    const server = await startReviewServer(project.folder, 'test', 0, (path) => accepted.push(path));
    try {
      const page = await newPage();
      const faults = faultsOf(page);
      await page.goto(server.address);
      const failure = page.locator('.failure', {
        has: page.getByRole('heading', { name: 'home', exact: true }),
      });
      await failure.getByRole('button', { name: 'Accept as the new snapshot' }).click();
      await failure.getByRole('status').getByText(`Accepted: ${HOME}`).waitFor();
      expect(await readFile(project.at(HOME))).toEqual(project.images['missing.png']);
      await page.getByRole('button', { name: 'Accept all 2' }).click();
      await page.locator('.accept-all:disabled').waitFor();
      await page.locator('.failure.accepted').nth(1).waitFor();
      expect(accepted).toHaveLength(2);
      expect((await findFailures(project.folder)).failures).toHaveLength(1);
      expect(faults).toEqual([]);
      await page.close();
    } finally {
      await server.close();
    }
  });
});

async function written({ folder }: FailedProject): Promise<string> {
  const { failures } = await findFailures(folder);
  return await galleryPage(failures, { project: 'project', isServed: false });
}

function styleOf(element: Locator, property: string): Promise<string> {
  return element.evaluate((node, name) => Reflect.get(globalThis, 'getComputedStyle')(node)[name], property);
}

/** What a page says of its faults: errors, what its policy forbids, what it asks the network for, dialogs. */
function faultsOf(page: Page): string[] {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => faults.push(message.text()));
  page.on('dialog', (dialog) => faults.push(dialog.message()));
  page.on('request', (request) => {
    if (!/^(data:|file:|http:\/\/127\.0\.0\.1:)/.test(request.url())) faults.push(request.url());
  });
  return faults;
}

/** Status of a request that asks the same address under another name, as a page of another site can. */
async function foreignHost(origin: string, path: string): Promise<number | undefined> {
  const { request } = await import('node:http');
  return await new Promise((resolve, reject) => {
    request(origin + path, { headers: { host: 'evil.example' } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}
