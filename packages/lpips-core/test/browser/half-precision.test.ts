/**
 * WebGL whose textures hold 16-bit floats, as on many phones, forced in a desktop browser: five bits of exponent, so
 * that numbers end at 65504 and below 6e-5 fade away. Whatever the images and weights, nothing becomes NaN, and numbers
 * stay near those of 32 bits, here of WASM.
 */
import { grads, type Tensor4D, tensor1d, tensor4d } from '@tensorflow/tfjs';
import { at, type BackendCheck, Lpips, serializeSafetensors, type Weight, type WeightMap } from 'lpips-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnBackends } from '../../../../test/support/backend.js';
import { type Page, suiteInChromium, WEBGL_FLAGS } from '../../../../test/support/chromium.js';
import { measureInPage, type PageNumbers, startBackend } from '../../../../test/support/measure-in-page.js';
import { randomValues, relativeError } from '../../../../test/support/numbers.js';
import type {} from '../../../../test/support/page/main.js';
import { type PageServer, serveTestPage } from '../../../../test/support/serve-page.js';
import { liteWeights } from '../support/weights.js';

/** Ten bits of fraction, over a dozen operations. */
const DISTANCE = 5e-3;
/** Rounding sends some units to the other side of their relu, and windows to another maximum. */
const GRADIENT = 0.1;

const SIDE = 32;
const shape: [number, number, number, number] = [1, SIDE, SIDE, 3];
const size = SIDE * SIDE * 3;

const black = new Float32Array(size).fill(-1);
const grey = new Float32Array(size).fill(0.1);
const noise = randomValues(size, 1);
const ripples = Float32Array.from({ length: size }, (_, i) => Math.sin(i / 40) / 2);

/** `lite` with the weights of some names multiplied. */
function scaled(isScaled: (name: string) => boolean, factor: number): WeightMap {
  const entries = [...liteWeights()].map(([name, { shape, data }]): [string, Weight] => [
    name,
    { shape, data: isScaled(name) ? data.map((value) => value * factor) : data },
  ]);
  return new Map(entries);
}

const isFirst = (name: string) => name.startsWith('features.0');
const isHead = (name: string) => name.startsWith('lin');

const WEIGHTS: Readonly<Record<string, WeightMap>> = {
  lite: liteWeights(),
  'features whose squares are beyond 65504': scaled(isFirst, 200),
  'features whose squares fade away': scaled(isFirst, 1 / 500),
  'maps whose sum is beyond 65504': scaled(isHead, 20_000),
};

/** What is compared, with which weights, and whether the gradient has a direction that rounding cannot turn. */
const CASES = [
  { name: 'noise and ripples', weights: 'lite', x: noise, y: ripples, steady: true },
  ...Object.keys(WEIGHTS)
    .filter((weights) => weights !== 'lite')
    .map((weights) => ({ name: weights, weights, x: noise, y: ripples, steady: true })),
  { name: 'ripples and black', weights: 'lite', x: ripples, y: black, steady: true },
  { name: 'black and ripples', weights: 'lite', x: black, y: ripples, steady: false },
  { name: 'black and grey', weights: 'lite', x: black, y: grey, steady: false },
  { name: 'black and black', weights: 'lite', x: black, y: black, steady: false },
] as const;

describeOnBackends('half precision, against WASM', ['wasm'], () => {
  suiteInChromium(
    'WebGL in 16 bits',
    (chromium) => {
      let server: PageServer;
      let page: Page;
      beforeAll(async () => {
        server = await serveTestPage();
        for (const [name, weights] of Object.entries(WEIGHTS)) {
          server.files.set(`/${encodeURIComponent(name)}`, serializeSafetensors(weights));
        }
        page = await chromium.newPage();
        await page.goto(server.url);
        await startBackend(page, 'webgl', { halfPrecision: true });
      });
      afterAll(() => server.close());

      function measure(weights: string, x: Float32Array, y: Float32Array): Promise<PageNumbers> {
        const serve = (path: string, values: Float32Array) => {
          server.files.set(path, new Uint8Array(values.slice().buffer));
          return { path, shape };
        };
        return measureInPage(page, {
          net: 'lite',
          version: '0.1',
          linear: true,
          weights: `/${encodeURIComponent(weights)}`,
          image: serve('/x', x),
          reference: serve('/y', y),
          upstream: [1],
        });
      }

      it('is found by the self-check, which the metric passes all the same', async () => {
        const check: BackendCheck = await page.evaluate(() => lab.checkBackend());
        expect(check).toMatchObject({ backend: 'webgl', bits: 16, ok: true });
      });

      it.for(CASES)('$name', async ({ weights, x, y, steady }, { annotate }) => {
        const half = await measure(weights, x, y);
        for (const numbers of Object.values(half)) expect(numbers.every(Number.isFinite)).toBe(true);

        const lpips = Lpips.fromWeights(WEIGHTS[weights] ?? new Map(), { net: 'lite' });
        const [image, reference] = [tensor4d(x, shape), tensor4d(y, shape)];
        const distance = at(lpips.distance(image, reference).dataSync(), 0);
        const distanceError = Math.abs(at(half.distance, 0) - distance);
        const f = (x: Tensor4D, y: Tensor4D) => lpips.distance(x, y);
        const [dx] = grads(f as Parameters<typeof grads>[0])([image, reference], tensor1d([1]));
        const gradientError = relativeError(half.imageGradient, dx?.dataSync() ?? []);
        const errors = [distanceError / distance, gradientError].map((error) => error.toExponential(1));
        await annotate(`distance ${distance}, relative errors: distance ${errors[0]}, gradient ${errors[1]}`);
        expect(distanceError).toBeLessThanOrEqual(DISTANCE * distance);
        if (steady) expect(gradientError).toBeLessThan(GRADIENT);
      });
    },
    WEBGL_FLAGS,
  );
});
