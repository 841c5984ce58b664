/**
 * `loadLpips` of `lpips-core/browser`: official weights from an address, checked, kept in the browser's cache. The published file
 * of SqueezeNet is made here of its official tensors, in both layouts of `torch.save`, with a classifier of twice their size.
 */
import { readFileSync } from 'node:fs';
import { at, serializeSafetensors, type WeightMap } from 'lpips-core';
import { OFFICIAL_FILES } from 'lpips-core/official-files';
import { isBackboneWeight } from 'lpips-core/weights-files';
import { selectBackend } from 'lpips-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Page, suiteInChromium } from '../../../test/support/chromium.js';
import {
  type Answer,
  allowingPages,
  cutting,
  ignoringRange,
  sending,
  startFileServer,
} from '../../../test/support/file-server.js';
import {
  cachedAddresses,
  forgetCaches,
  type LoadRequest,
  loadInPage,
  putInCache,
} from '../../../test/support/load-in-page.js';
import { type ServedImages, startBackend } from '../../../test/support/measure-in-page.js';
import type { Format } from '../../../test/support/pytorch-bytes.js';
import { type PageServer, serveTestPage } from '../../../test/support/serve-page.js';
import { describeWithShared } from '../../../test/support/shared-data.js';
import { pytorchFileOf } from '../../../test/support/squeeze-weights.js';
import { expectDistance } from './support/golden-expectations.js';
import { GOLDEN_DATA, type Golden, goldenImages, goldenWeights, readGoldens } from './support/goldens.js';

const WEIGHTS = '/weights/squeeze.safetensors';
const FOLDER = '/published/';
const PTH = `${FOLDER}squeezenet1_1-b8a52dc0.pth`;
const HEADS = `${FOLDER}v0.1/squeeze.pth`;
const FORMATS: Format[] = ['pytorch-zip', 'pytorch-legacy'];
const CLASSIFIER = { shape: [1_500_000], data: new Float32Array(1_500_000).fill(0.5) };
/** What is read beside the tensors: the beginning of a file, its directory, and what the zip reader reads ahead. */
const DIRECTORY_BYTES = 2_000_000;
const ADVICE =
  'Is it served, and may this page read it? A server of another origin has to send Access-Control-Allow-Origin (CORS).';
const OF_THIS_NET = 'Is it the file of this net and version?';

describeWithShared('loadLpips in a page', GOLDEN_DATA, (locate) => {
  const golden = readGoldens(locate).find(({ name }) => name === 'squeeze-triplet');
  if (!golden) throw new Error('distances.json: there is no squeeze-triplet');
  let server: PageServer;
  let weights: WeightMap;
  let file: Uint8Array;
  let valueBytes: number;
  let pair: [ServedImages, ServedImages];
  const published = new Map<Format, Uint8Array>();
  const heads = readFileSync(locate('weights/lpips/v0.1/squeeze.pth'));
  beforeAll(async () => {
    await selectBackend('wasm'); // holds the images until the page has them
    server = await serveTestPage();
    weights = await goldenWeights(golden, locate);
    file = serializeSafetensors(weights);
    valueBytes = [...weights.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
    pair = [await serveImages(golden, 'x'), await serveImages(golden, 'y')];
    for (const format of FORMATS) published.set(format, publishedFile(weights, format));
  });
  afterAll(() => server.close());

  async function serveImages({ inputs }: Golden, side: 'x' | 'y'): Promise<ServedImages> {
    const images = await goldenImages(inputs[side], locate);
    server.files.set(`/images/${side}`, new Uint8Array(images.dataSync<'float32'>().slice().buffer));
    images.dispose();
    return { path: `/images/${side}`, shape: images.shape };
  }

  /** The classifier stands in the middle, so that it must be skipped. */
  function publishedFile(weights: WeightMap, format: Format): Uint8Array {
    const backbone = [...weights].filter(([name]) => isBackboneWeight(name));
    return pytorchFileOf(
      new Map([...backbone.slice(0, 20), ['classifier.1.weight', CLASSIFIER], ...backbone.slice(20)]),
      format,
    );
  }

  /** The weights with one value of a tensor changed. */
  function withWrong(name: string): WeightMap {
    const { shape = [], data = new Float32Array() } = weights.get(name) ?? {};
    return new Map([...weights, [name, { shape, data: data.with(0, 5) }]]);
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
      server.files.delete(PTH);
      server.files.set(HEADS, heads);
      await forgetCaches(page);
    });
    const load = (more: Partial<LoadRequest> = {}) =>
      loadInPage(page, { net: 'squeeze', url: WEIGHTS, pair, ...more });

    /** Serves the published file, and counts the bytes that were asked for. */
    function publish(answer: Answer): { askedBytes: number } {
      const seen = { askedBytes: 0 };
      server.files.set(PTH, (request, response) => {
        const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
        seen.askedBytes += from === undefined ? Number.POSITIVE_INFINITY : Number(to) + 1 - Number(from);
        answer(request, response);
      });
      return seen;
    }

    describe('from a safetensors file', () => {
      it('gives the distances of the official code, and tells how far the download is', async () => {
        const { distance = [], progress } = await load();
        expectDistance(golden, distance, 1e-6);
        expectProgress(progress, file.length);
        expect(progress.at(-1)?.receivedBytes).toBe(file.length);
      });

      it('takes the weights from the cache the next time, unless it may not', async () => {
        const first = await load();
        server.files.delete(WEIGHTS);
        const second = await load();
        expect(second.distance).toEqual(first.distance);
        expect(second.progress).toEqual([{ receivedBytes: valueBytes, totalBytes: valueBytes }]);
        for (const cache of [null, 'another']) expect((await load({ cache })).message).toMatch(/HTTP 404/);
      });

      it('keeps nothing that is wrong, and replaces what is wrong in the cache', async () => {
        const wrong = serializeSafetensors(withWrong('lin3.model.1.weight'));
        server.files.set(WEIGHTS, wrong);
        expect((await load()).message).toBe(
          `loadLpips: expected the published values of lin3.model.1.weight for ${WEIGHTS}, got others. ` +
            `${OF_THIS_NET} For weights of your own, use Lpips.fromWeights.`,
        );
        const kept = await cachedAddresses(page, 'lpips');
        expect(kept.filter((address) => address.includes('lin3'))).toEqual([]);
        for (const address of kept) await putInCache(page, 'lpips', address, wrong.subarray(0, 100));
        server.files.set(WEIGHTS, file);
        expectDistance(golden, (await load()).distance ?? [], 1e-6);
      });

      it.each([
        [{ net: 'vgg' }, `loadLpips: cannot take ${WEIGHTS}: it has no features.10.bias. ${OF_THIS_NET}`],
        [{ version: '0.0' }, /^loadLpips: expected the published values of lin\d\.model\.1\.weight for /],
        [{ url: '/nowhere' }, `loadLpips: cannot fetch /nowhere: HTTP 404 Not Found. ${ADVICE}`],
        [
          { url: '/index.html' },
          /^readWeights: expected a safetensors or PyTorch file for .*, got a web page\./,
        ],
        [{ net: 'lite' as 'vgg' }, /^loadLpips: expected 'alex' or .* for net, got "lite"/],
        [
          { url: 7 as unknown as string },
          /^loadLpips: expected an address for url, got .*\. Serve a published/,
        ],
        [
          { headsUrl: {} as unknown as string },
          /^loadLpips: expected an address for headsUrl, got an object/,
        ],
      ] as const)('refuses %j', async (more, message) => {
        expect((await load(more)).message).toEqual(
          typeof message === 'string' ? message : expect.stringMatching(message),
        );
      });
    });

    describe.each(FORMATS)('from a published file in the layout %s', (format) => {
      const body = () => published.get(format) ?? new Uint8Array();

      it('downloads what the net needs alone, and nothing the next time', async () => {
        const seen = publish(sending(body()));
        const first = await load({ url: FOLDER });
        expectDistance(golden, first.distance ?? [], 1e-6);
        expect(seen.askedBytes).toBeLessThan(valueBytes + DIRECTORY_BYTES);
        expect(seen.askedBytes).toBeLessThan(body().length);
        expectProgress(first.progress, valueBytes);
        server.files.delete(PTH);
        server.files.delete(HEADS);
        const second = await load({ url: FOLDER });
        expect(second.distance).toEqual(first.distance);
        expect(second.progress).toEqual([{ receivedBytes: valueBytes, totalBytes: valueBytes }]);
      });

      it('does so of a server of another origin that hides where its ranges lie', async () => {
        const remote = await startFileServer(allowingPages(sending(body())));
        const { distance = [] } = await load({ url: `${remote.url}/net.pth`, headsUrl: HEADS });
        expectDistance(golden, distance, 1e-6);
        const gets = remote.requests.filter(({ range }) => range === undefined);
        expect(gets).toHaveLength(1); // HEAD
      });

      it('goes on where connections break off', async () => {
        const seen = publish(cutting(body()));
        expectDistance(golden, (await load({ url: FOLDER })).distance ?? [], 1e-6);
        expect(seen.askedBytes).toBeLessThan(2 * valueBytes + DIRECTORY_BYTES);
      }, 60_000);

      it('takes the whole file of a server that sends no ranges', async () => {
        publish(ignoringRange(body()));
        const { distance = [], progress } = await load({ url: FOLDER });
        expectDistance(golden, distance, 1e-6);
        expect(progress.at(-1)).toEqual({ receivedBytes: body().length, totalBytes: body().length });
      });

      it('names the tensor that has wrong bytes', async () => {
        const name = 'features.10.squeeze.bias';
        const seen = publish(sending(publishedFile(withWrong(name), format)));
        expect((await load({ url: FOLDER })).message).toBe(
          `loadLpips: expected the published values of ${name} for ${PTH}, got others. ` +
            `${OF_THIS_NET} For weights of your own, use Lpips.fromWeights.`,
        );
        expect(seen.askedBytes).toBe(Number.POSITIVE_INFINITY); // the whole file was asked for
      });
    });

    it('takes the whole file of a server whose ranges are wrong', async () => {
      const right = sending(published.get('pytorch-legacy') ?? new Uint8Array());
      const wrong = sending(publishedFile(withWrong('features.6.squeeze.bias'), 'pytorch-legacy'));
      publish((request, response) => (request.headers.range ? wrong : right)(request, response));
      expectDistance(golden, (await load({ url: FOLDER })).distance ?? [], 1e-6);
    });

    it('fetches the heads alone of another version of a net that the browser keeps', async () => {
      publish(sending(published.get('pytorch-legacy') ?? new Uint8Array()));
      const first = await load({ url: FOLDER });
      server.files.delete(PTH);
      server.files.set(`${FOLDER}v0.0/squeeze.pth`, readFileSync(locate('weights/lpips/v0.0/squeeze.pth')));
      const { distance = [], progress } = await load({ url: FOLDER, version: '0.0' });
      expect(at(distance, 0)).toBeGreaterThan(0);
      expect(distance).not.toEqual(first.distance);
      expect(at(progress, 0).receivedBytes).toBeGreaterThan(0.9 * valueBytes);
    });

    it('ends when it is told to, and goes on from there the next time', async () => {
      const body = published.get('pytorch-legacy') ?? new Uint8Array();
      publish(sending(body));
      const { message } = await load({ url: FOLDER, abortAfter: valueBytes / 2 });
      expect(message).toBe('that is enough');
      const seen = publish(sending(body));
      const { distance = [], progress } = await load({ url: FOLDER });
      expectDistance(golden, distance, 1e-6);
      expect(at(progress, 0).receivedBytes).toBeGreaterThan(valueBytes / 4);
      expect(seen.askedBytes).toBeLessThan((3 * valueBytes) / 4 + DIRECTORY_BYTES / 2);
    });

    it('refuses the file of another net by its names, without fetching it whole', async () => {
      const seen = publish(sending(published.get('pytorch-zip') ?? new Uint8Array()));
      expect((await load({ net: 'alex', url: PTH })).message).toMatch(
        /^loadLpips: cannot take .*\.pth: it has no features\.\d+\.(weight|bias)\. Is it /,
      );
      expect(seen.askedBytes).toBeLessThan(DIRECTORY_BYTES);
    });

    it('says so where a server lets no page of another origin read', async () => {
      const remote = await startFileServer(sending(file));
      const url = `${remote.url}/net.pth`;
      expect((await load({ url })).message).toBe(
        `loadLpips: cannot fetch ${url}: Failed to fetch. ${ADVICE}`,
      );
    });

    it('asks the repository of LPIPS for heads that it is not given', async () => {
      publish(sending(published.get('pytorch-zip') ?? new Uint8Array()));
      const { url = '' } =
        OFFICIAL_FILES.find((each) => each.net === 'squeeze' && each.version === '0.1') ?? {};
      await page.route(url, (route) =>
        route.fulfill({ body: heads, headers: { 'access-control-allow-origin': '*' } }),
      );
      try {
        expectDistance(golden, (await load({ url: PTH })).distance ?? [], 1e-6);
      } finally {
        await page.unroute(url);
      }
    });
  });
});

/** From nothing to at most so many bytes, in several steps, never back. */
function expectProgress(progress: readonly { receivedBytes: number }[], mostBytes: number): void {
  const received = progress.map(({ receivedBytes }) => receivedBytes);
  expect(received[0]).toBe(0);
  expect(received).toEqual(received.toSorted((a, b) => a - b));
  expect(received.length).toBeGreaterThan(3);
  expect(received.at(-1)).toBeLessThanOrEqual(mostBytes);
}
