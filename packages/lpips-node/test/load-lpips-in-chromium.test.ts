/**
 * `loadLpips` of `lpips-core/browser`: official weights from an address, checked, kept in the browser's cache.
 */
import { serializeSafetensors, type WeightMap } from 'lpips-core';
import { selectBackend } from 'lpips-node';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Page, suiteInChromium } from '../../../test/support/chromium.js';
import {
  cachedAddresses,
  forgetCaches,
  type LoadRequest,
  loadInPage,
  putInCache,
} from '../../../test/support/load-in-page.js';
import { type ServedImages, startBackend } from '../../../test/support/measure-in-page.js';
import { type PageServer, serveTestPage } from '../../../test/support/serve-page.js';
import { describeWithShared } from '../../../test/support/shared-data.js';
import { expectDistance } from './support/golden-expectations.js';
import { GOLDEN_DATA, type Golden, goldenImages, goldenWeights, readGoldens } from './support/goldens.js';

const WEIGHTS = '/weights/squeeze.safetensors';

describeWithShared('loadLpips in a page', GOLDEN_DATA, (locate) => {
  const golden = readGoldens(locate).find(({ name }) => name === 'squeeze-odd');
  if (!golden) throw new Error('distances.json: there is no squeeze-odd');
  let server: PageServer;
  let weights: WeightMap;
  let file: Uint8Array;
  let pair: [ServedImages, ServedImages];
  beforeAll(async () => {
    await selectBackend('wasm'); // holds the images until the page has them
    server = await serveTestPage();
    weights = await goldenWeights(golden, locate);
    file = serializeSafetensors(weights);
    pair = [await serveImages(golden, 'x'), await serveImages(golden, 'y')];
  });
  afterAll(() => server.close());

  async function serveImages({ inputs }: Golden, side: 'x' | 'y'): Promise<ServedImages> {
    const images = await goldenImages(inputs[side], locate);
    server.files.set(`/images/${side}`, new Uint8Array(images.dataSync<'float32'>().slice().buffer));
    images.dispose();
    return { path: `/images/${side}`, shape: images.shape };
  }

  suiteInChromium('on wasm', (chromium) => {
    let page: Page;
    beforeAll(async () => {
      page = await chromium.newPage();
      await page.goto(server.url);
      await startBackend(page, 'wasm');
    });
    beforeEach(async () => {
      server.files.set(WEIGHTS, file);
      await forgetCaches(page);
    });
    const load = (more: Partial<LoadRequest> = {}) =>
      loadInPage(page, { net: 'squeeze', url: WEIGHTS, pair, ...more });

    it('gives the distances of the official code, and tells how far the download is', async () => {
      const { distance = [], progress } = await load();
      expectDistance(golden, distance, 1e-6);
      const received = progress.map(({ receivedBytes }) => receivedBytes);
      expect([received[0], received.at(-1)]).toEqual([0, file.length]);
      expect(received).toEqual(received.toSorted((a, b) => a - b));
    });

    it('takes the weights from the cache the next time, unless it may not', async () => {
      const first = await load();
      server.files.delete(WEIGHTS);
      const second = await load();
      expect(second.distance).toEqual(first.distance);
      expect(second.progress).toEqual([{ receivedBytes: file.length, totalBytes: file.length }]);
      for (const cache of [null, 'another']) expect((await load({ cache })).message).toMatch(/status 404/);
    });

    it('keeps nothing that is wrong, and replaces what is wrong in the cache', async () => {
      const wrong = new Map(weights);
      const { shape = [], data = new Float32Array() } = wrong.get('lin3.model.1.weight') ?? {};
      wrong.set('lin3.model.1.weight', { shape, data: data.with(0, 5) });
      server.files.set(WEIGHTS, serializeSafetensors(wrong));
      expect((await load()).message).toBe(
        `loadLpips: expected the published values of lin3.model.1.weight for ${WEIGHTS}, got others. ` +
          'For weights of your own, use Lpips.fromWeights.',
      );
      expect(await cachedAddresses(page, 'lpips')).toEqual([]);
      await putInCache(page, 'lpips', WEIGHTS, serializeSafetensors(wrong).subarray(0, 100));
      server.files.set(WEIGHTS, file);
      expectDistance(golden, (await load()).distance ?? [], 1e-6);
    });

    it.each([
      [
        { net: 'vgg' },
        `loadLpips: cannot take ${WEIGHTS}: it has no features.10.bias. Is it the file of this net and version?`,
      ],
      [{ version: '0.0' }, /^loadLpips: expected the published values of lin\d\.model\.1\.weight for /],
      [
        { url: '/nowhere' },
        'loadLpips: cannot fetch /nowhere: the server answered with status 404. Is it served, and may this page read it (CORS)?',
      ],
      [{ url: '/index.html' }, /^parseSafetensors: expected a header of at most \d+ bytes for \/index\.html/],
      [{ net: 'lite' as 'vgg' }, /^loadLpips: expected 'alex' or .* for net, got "lite"/],
      [{ url: 7 as unknown as string }, /^loadLpips: expected an address for url, got .*\. Serve the file /],
    ] as const)('refuses %j', async (more, message) => {
      expect((await load(more)).message).toEqual(
        typeof message === 'string' ? message : expect.stringMatching(message),
      );
    });
  });
});
