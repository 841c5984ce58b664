/**
 * The parity of `goldens.test.ts` in a browser, on each backend that a page has. GPU backends run on a software device here, which
 * is slow. By default each network runs once whole there, at an odd size, where windows reach beyond the edges, and the distances
 * of all cases of the published VGG16 are held. `LPIPS_CHROMIUM_GOLDENS=all` runs every case whole, in many minutes.
 */
import { serializeSafetensors } from 'lpips-core';
import { selectBackend } from 'lpips-node';
import { afterAll, beforeAll } from 'vitest';
import { type Page, suiteInChromium, WEBGL_FLAGS, WEBGPU_FLAGS } from '../../../test/support/chromium.js';
import {
  measureInPage,
  type PageBackend,
  type PageNumbers,
  type Parts,
  type ServedImages,
  startBackend,
} from '../../../test/support/measure-in-page.js';
import { type PageServer, serveTestPage } from '../../../test/support/serve-page.js';
import { describeWithShared } from '../../../test/support/shared-data.js';
import { goldenSuite, type Inputs, inputImages } from './support/golden-suite.js';
import {
  GOLDEN_DATA,
  type Golden,
  goldenWeights,
  isOfficialVgg,
  readGoldens,
  weightsKey,
} from './support/goldens.js';

interface BackendUnderTest {
  backend: PageBackend;
  flags: readonly string[];
  /** Bar for gradients; where it is undefined, that of the goldens in Node. */
  gradient?: (golden: Golden) => number;
  /** Whether a case runs whole by default. */
  runs: (golden: Golden) => boolean;
}

/** Bar for distances, layers and maps: relative error. */
const VALUES = 1e-6;

const isOdd = ({ name }: Golden) => name.endsWith('-odd');
const isSeeded = ({ seed }: Golden) => seed !== null;

/** Bar for gradients on GPU backends, whose convolutions add in another order. */
const GPU_GRADIENT = 1e-4;
/**
 * The same for the seeded VGG16. One unit of the triplet is 0 apart from rounding, and falls to the other side of its relu.
 * Outside its field of 31x25 pixels the gradient agrees to 8e-6, and with that field to 2.7e-3.
 */
const ONE_UNIT = 5e-3;

const ON_GPU = {
  gradient: (golden: Golden) => (isSeeded(golden) ? ONE_UNIT : GPU_GRADIENT),
  runs: (golden: Golden) => isOdd(golden) && !isSeeded(golden),
};

const BACKENDS: readonly BackendUnderTest[] = [
  { backend: 'wasm', flags: [], runs: (golden) => isOdd(golden) || !isSeeded(golden) },
  { backend: 'webgl', flags: WEBGL_FLAGS, ...ON_GPU },
  { backend: 'webgpu', flags: WEBGPU_FLAGS, ...ON_GPU },
];

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

  async function serveImages(golden: Golden, side: 'x' | 'y', inputs: Inputs): Promise<ServedImages> {
    const images = await inputImages(golden, side, inputs, locate);
    const path = `/goldens/${golden.name}/${side}/${inputs.replaceAll(' ', '-')}`;
    server.files.set(path, new Uint8Array(images.dataSync<'float32'>().slice().buffer));
    images.dispose();
    return { path, shape: images.shape };
  }

  async function measure(page: Page, golden: Golden, parts: Parts, inputs: Inputs): Promise<PageNumbers> {
    const weights = `/weights/${weightsKey(golden)}`;
    if (!server.files.has(weights)) {
      server.files.set(weights, serializeSafetensors(await goldenWeights(golden, locate)));
    }
    return measureInPage(page, {
      net: golden.net,
      version: golden.version,
      linear: golden.lpips,
      weights,
      image: await serveImages(golden, 'x', inputs),
      reference: await serveImages(golden, 'y', inputs),
      upstream: golden.upstream,
      parts,
    });
  }

  for (const { backend, flags, runs, gradient } of BACKENDS) {
    suiteInChromium(
      `on ${backend}`,
      (chromium) => {
        let page: Page;
        beforeAll(async () => {
          page = await chromium.newPage();
          await page.goto(server.url);
          await startBackend(page, backend);
        });

        const runsWhole = (golden: Golden) => runsAll || runs(golden);
        const goldens = readGoldens(locate).filter((golden) => runsWhole(golden) || isOfficialVgg(golden));
        goldenSuite(goldens, {
          locate,
          measure: (golden, parts, inputs) => measure(page, golden, parts, inputs),
          distanceAlone: (golden) => !runsWhole(golden),
          values: VALUES,
          ...(gradient && { gradient }),
          timeoutMs: CASE_TIMEOUT_MS,
        });
      },
      flags,
    );
  }
});
