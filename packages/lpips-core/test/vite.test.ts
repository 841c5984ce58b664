/**
 * A page of a user's own, with Vite as it comes: an `index.html`, a script, a worker, no configuration. The package lies
 * in its node_modules as npm would put it there.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import '@tensorflow/tfjs-backend-cpu';
import { ready, setBackend, tensor4d } from '@tensorflow/tfjs-core';
import { at, Lpips } from 'lpips-core';
import { build, createServer, preview } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Chromium, suiteInChromium } from '../../../test/support/chromium.js';
import { liteWeights } from './support/weights.js';

const SIDE = 32;
/** Two backends on one case. */
const TOLERANCE = 1e-5;

const html = '<!doctype html><title>waiting</title><script type="module" src="./main.js"></script>';

const measure = `
import '@tensorflow/tfjs-backend-cpu';
import { liteWeightsUrl } from 'lpips-core';
import { imageFrom, loadLite } from 'lpips-core/browser';

function rectangle(colour) {
  const canvas = new OffscreenCanvas(${SIDE}, ${SIDE});
  const context = canvas.getContext('2d');
  context.fillStyle = colour;
  context.fillRect(4, 4, 20, 12);
  return imageFrom(canvas);
}

export async function measure() {
  const lpips = await loadLite();
  const [distance] = await lpips.distance(await rectangle('#ff0000'), await rectangle('#0000ff')).data();
  return { distance, weights: String(liteWeightsUrl) };
}
`;

const main = `
import { measure } from './measure.js';

const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
const inWorker = await new Promise((resolve, reject) => {
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = reject;
});
globalThis.results = [await measure(), inWorker];
document.title = 'done';
`;

const worker = `
import { measure } from './measure.js';

measure().then((result) => postMessage(result));
`;

/** What the page leaves behind: one from its own thread, one from its worker. */
interface Result {
  distance: number;
  weights: string;
}

let app: string;
beforeAll(() => {
  app = mkdtempSync(join(tmpdir(), 'lpips-vite-'));
  const files = {
    'package.json': '{ "type": "module" }',
    'index.html': html,
    'main.js': main,
    'measure.js': measure,
    'worker.js': worker,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(app, name), text);
  const core = fileURLToPath(new URL('..', import.meta.url));
  const modules = join(app, 'node_modules');
  mkdirSync(join(modules, 'lpips-core'), { recursive: true });
  for (const name of ['package.json', 'dist', 'weights']) {
    cpSync(join(core, name), join(modules, 'lpips-core', name), { recursive: true });
  }
  for (const scope of ['@tensorflow', '@zip.js']) {
    symlinkSync(join(core, 'node_modules', scope), join(modules, scope));
  }
});
afterAll(() => rmSync(app, { recursive: true, force: true }));

async function resultsOf(chromium: Chromium, url: string): Promise<Result[]> {
  const page = await chromium.newPage();
  const errors: Error[] = [];
  page.on('pageerror', (error) => errors.push(error));
  await page.goto(url);
  await Promise.race([
    page.waitForFunction(() => document.title === 'done'),
    page.waitForEvent('pageerror').then((error) => Promise.reject(error)),
  ]);
  expect(errors).toEqual([]);
  return page.evaluate(() => (globalThis as typeof globalThis & { results: Result[] }).results);
}

/** The same pair on this side. */
function expectedDistance(): number {
  const rectangle = (colour: readonly number[]) => {
    const isInside = (pixel: number) => {
      const [x, y] = [pixel % SIDE, Math.floor(pixel / SIDE)];
      return x >= 4 && x < 24 && y >= 4 && y < 16;
    };
    const values = Array.from({ length: SIDE * SIDE * 3 }, (_, i) =>
      isInside(Math.floor(i / 3)) ? at(colour, i % 3) : 1,
    );
    return tensor4d(values, [1, SIDE, SIDE, 3]);
  };
  const lpips = Lpips.fromWeights(liteWeights(), { net: 'lite' });
  const distance = lpips.distance(rectangle([1, -1, -1]), rectangle([-1, -1, 1]));
  return at(distance.dataSync(), 0);
}

function expectResults(results: Result[], weights: RegExp): void {
  expect(results.length).toBe(2);
  const expected = expectedDistance();
  for (const result of results) {
    expect(result.weights).toMatch(weights);
    expect(Math.abs(result.distance / expected - 1)).toBeLessThan(TOLERANCE);
  }
}

beforeAll(async () => {
  await setBackend('cpu');
  await ready();
});

suiteInChromium('lpips-core with Vite as it comes', (chromium) => {
  it('computes when built: lite is one of its assets', async () => {
    await build({ root: app, logLevel: 'error' });
    const server = await preview({ root: app, preview: { port: 0, host: '127.0.0.1' } });
    try {
      const [url = ''] = server.resolvedUrls?.local ?? [];
      expectResults(await resultsOf(chromium, url), /\/assets\/lite-[\w-]+\.safetensors$/);
    } finally {
      await server.close();
    }
  });

  it('computes on the development server, which bundles packages on its own terms', async () => {
    const server = await createServer({
      root: app,
      logLevel: 'error',
      server: { port: 0, host: '127.0.0.1' },
    });
    try {
      await server.listen();
      const [url = ''] = server.resolvedUrls?.local ?? [];
      expectResults(await resultsOf(chromium, url), /\/lpips-core\/weights\/lite\.safetensors$/);
    } finally {
      await server.close();
    }
  });
});
