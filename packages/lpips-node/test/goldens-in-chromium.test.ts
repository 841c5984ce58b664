/**
 * The parity of `goldens.test.ts` in a browser, on each backend that a page has. GPU backends run on a software device
 * here, which compiles every shader again for every shape. VGG16 takes minutes there, so by default each of the other
 * networks runs once, at an odd size, where windows reach beyond the edges. `LPIPS_CHROMIUM_GOLDENS=all` runs every case.
 */
import { serializeSafetensors } from 'lpips-core';
import { selectBackend } from 'lpips-node';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Page, suiteInChromium, WEBGL_FLAGS, WEBGPU_FLAGS } from '../../../test/support/chromium.js';
import {
  measureInPage,
  type PageBackend,
  type PageNumbers,
  type ServedImages,
  startBackend,
} from '../../../test/support/measure-in-page.js';
import { type PageServer, serveTestPage } from '../../../test/support/serve-page.js';
import { describeWithShared } from '../../../test/support/shared-data.js';
import { expectDistance, expectGradients, expectLayers, expectMap } from './support/golden-expectations.js';
import {
  GOLDEN_DATA,
  type Golden,
  goldenImages,
  goldenWeights,
  readGoldens,
  weightsKey,
} from './support/goldens.js';

interface BackendUnderTest {
  backend: PageBackend;
  flags: readonly string[];
  /** Bar for distances, layers and maps: relative error. */
  values: number;
  /** Whether a case runs by default. */
  runs: (name: string) => boolean;
}

const isOdd = (name: string) => name.endsWith('-odd');
const isVgg = (name: string) => name.includes('vgg');

const BACKENDS: readonly BackendUnderTest[] = [
  { backend: 'wasm', flags: [], values: 1e-6, runs: (name) => isOdd(name) || !isVgg(name) },
  { backend: 'webgl', flags: WEBGL_FLAGS, values: 1e-4, runs: (name) => isOdd(name) && !isVgg(name) },
  { backend: 'webgpu', flags: WEBGPU_FLAGS, values: 1e-4, runs: (name) => isOdd(name) && !isVgg(name) },
];

/**
 * Bar for the gradients of the seeded VGG16 on GPU backends, whose convolutions add in another order. One unit of the
 * triplet is 0 apart from rounding, and falls to the other side of its relu. Outside its field of 31x25 pixels the
 * gradient agrees to 8e-6, and with that field to 2.7e-3.
 */
const ONE_UNIT = 5e-3;

/** A case with its compilation of shaders, on a busy machine. */
const CASE_TIMEOUT_MS = 600_000;

const runsAll = process.env['LPIPS_CHROMIUM_GOLDENS'] === 'all';

describeWithShared('goldens of the official code in a browser', GOLDEN_DATA, (locate) => {
  let server: PageServer;
  beforeAll(async () => {
    await selectBackend('wasm'); // holds the images until the page has them
    server = await serveTestPage();
  });
  afterAll(() => server.close());

  async function serveImages(path: string, names: string[]): Promise<ServedImages> {
    const images = await goldenImages(names, locate);
    server.files.set(path, new Uint8Array(images.dataSync<'float32'>().slice().buffer));
    images.dispose();
    return { path, shape: images.shape };
  }

  async function measure(page: Page, golden: Golden): Promise<PageNumbers> {
    const folder = `/goldens/${golden.name}`;
    const weights = `/weights/${weightsKey(golden)}`;
    if (!server.files.has(weights)) {
      server.files.set(weights, serializeSafetensors(await goldenWeights(golden, locate)));
    }
    return measureInPage(page, {
      net: golden.net,
      version: golden.version,
      linear: golden.lpips,
      weights,
      image: await serveImages(`${folder}/x`, golden.inputs.x),
      reference: await serveImages(`${folder}/y`, golden.inputs.y),
      upstream: golden.upstream,
    });
  }

  for (const { backend, flags, values, runs } of BACKENDS) {
    suiteInChromium(
      `on ${backend}`,
      (chromium) => {
        let page: Page;
        beforeAll(async () => {
          page = await chromium.newPage();
          await page.goto(server.url);
          await startBackend(page, backend);
        });

        const goldens = readGoldens(locate).filter(({ name }) => runsAll || runs(name));
        describe.each(goldens)('$name', (golden: Golden) => {
          let numbers: PageNumbers;
          beforeAll(async () => {
            numbers = await measure(page, golden);
          }, CASE_TIMEOUT_MS);

          it('distance', async ({ annotate }) => {
            const error = expectDistance(golden, numbers.distance, values);
            await annotate(`relative error ${error.toExponential(1)}`);
          });

          it('layers', async ({ annotate }) => {
            const error = expectLayers(golden, numbers.layers, values);
            await annotate(`relative error ${error.toExponential(1)}`);
          });

          it('map', async ({ annotate }) => {
            const error = expectMap(golden, numbers.map, values, locate);
            await annotate(`relative error ${error.toExponential(1)}`);
          });

          it('gradients to the image and to the reference', async ({ annotate }) => {
            const { imageGradient, referenceGradient } = numbers;
            const bar = isVgg(golden.name) && backend !== 'wasm' ? ONE_UNIT : undefined;
            const error = expectGradients(golden, imageGradient, referenceGradient, locate, bar);
            await annotate(`relative error ${error.toExponential(1)}`);
          });
        });
      },
      flags,
    );
  }
});
