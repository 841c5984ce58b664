/**
 * @module
 * The metric in the test page: a backend chosen, a case handed over through the server, its numbers handed back.
 */
import type { NetName } from 'lpips-core';
import type { Page } from 'playwright-core';
import type {} from './page/main.js';

/** The backends that a page has. */
export type PageBackend = 'cpu' | 'wasm' | 'webgl' | 'webgpu';

/** Images on the server. */
export interface ServedImages {
  /** Path of float32 values in [-1, 1], little-endian. */
  path: string;
  shape: [number, number, number, number];
}

/** Which numbers are measured; the others are empty. */
export type Parts = 'everything' | 'distance' | 'gradients';

/** One comparison. */
export interface PageCase {
  net: NetName;
  version: '0.1' | '0.0';
  linear: boolean;
  /** Path of a safetensors file on the server. */
  weights: string;
  image: ServedImages;
  reference: ServedImages;
  /** `[batch]`: the gradients are those of Σ upstream · distance. */
  upstream: number[];
  /** Default `everything`. */
  parts?: Parts;
}

/** What the page computed, each tensor flat. Typed arrays leave a page in a fraction of the time that others take. */
export interface PageNumbers {
  distance: Float32Array;
  layers: Float32Array;
  map: Float32Array;
  /** With respect to the image. */
  imageGradient: Float32Array;
  /** With respect to the reference. */
  referenceGradient: Float32Array;
}

/**
 * Starts a backend in a page that shows the test page.
 *
 * @param halfPrecision WebGL keeps floats in 16 bits, as phones do
 */
export async function startBackend(
  page: Page,
  backend: PageBackend,
  { halfPrecision = false } = {},
): Promise<void> {
  const started = await page.evaluate(
    async ({ backend, halfPrecision }) => {
      const { tf } = lab;
      if (halfPrecision) tf.env().set('WEBGL_FORCE_F16_TEXTURES', true);
      const isSet = await tf.setBackend(backend);
      await tf.ready();
      return isSet ? tf.getBackend() : 'none';
    },
    { backend, halfPrecision },
  );
  if (started !== backend) throw new Error(`the page has no ${backend}`);
}

/**
 * Measures one case on the page's backend. A device in software takes seconds for each pass through a network: the distance is the value
 * of the pass that gives the gradients, and layers and map share the features of the reference.
 */
export function measureInPage(page: Page, given: PageCase): Promise<PageNumbers> {
  return page.evaluate(
    async ({ net, version, linear, weights, image, reference, upstream, parts = 'everything' }) => {
      const { Lpips, parseSafetensors, tf } = lab;
      const bytes = async (path: string) => (await fetch(path)).arrayBuffer();
      const numbers = async (tensor: InstanceType<typeof tf.Tensor>) => {
        const values = Float32Array.from(await tensor.data());
        tensor.dispose();
        return values;
      };
      const lpips = Lpips.fromWeights(parseSafetensors(await bytes(weights)).weights, {
        net,
        version,
        linear,
      });
      const x = tf.tensor4d(new Float32Array(await bytes(image.path)), image.shape);
      const y = tf.tensor4d(new Float32Array(await bytes(reference.path)), reference.shape);
      const dy = tf.tensor1d(upstream);
      const empty = () => new Float32Array(0);
      let [distance, layers, map] = [empty(), empty(), empty()];
      let [imageGradient, referenceGradient] = [empty(), empty()];
      if (parts === 'distance') distance = await numbers(lpips.distance(x, y));
      else {
        const { value, grads } = tf.tidy(() => tf.valueAndGrads(() => lpips.distance(x, y))([x, y], dy));
        const [dx, dReference] = grads;
        if (!dx || !dReference) throw new Error('no gradients');
        distance = await numbers(value);
        [imageGradient, referenceGradient] = [await numbers(dx), await numbers(dReference)];
      }
      if (parts === 'everything') {
        const features = lpips.features(y);
        layers = await numbers(lpips.layers(x, features));
        map = await numbers(lpips.map(x, features));
        features.dispose();
      }
      for (const used of [lpips, x, y, dy]) used.dispose();
      return { distance, layers, map, imageGradient, referenceGradient };
    },
    given,
  );
}

/**
 * What `imageFrom` makes of a file.
 *
 * @param path of the file on the server
 */
export function imageInPage(page: Page, path: string): Promise<{ shape: number[]; values: Float32Array }> {
  return page.evaluate(async (path) => {
    const image = await lab.imageFrom(await (await fetch(path)).blob());
    const values = Float32Array.from(await image.data());
    image.dispose();
    return { shape: image.shape, values };
  }, path);
}
