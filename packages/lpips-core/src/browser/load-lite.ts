/**
 * @module
 * The small network of this package in a page. Its weights are fetched from the address that the bundler gave them.
 */
import { checkOptions } from '../check-options.js';
import { cannot } from '../errors.js';
import { Lpips } from '../lpips.js';
import type { LpipsOptions } from '../lpips-options.js';
import { liteWeightsUrl } from '../weights/lite-weights.js';
import { parseSafetensors } from '../weights/safetensors.js';
import { backendReady } from './backend-ready.js';

/** Where the weights come from, and where warnings go. */
export interface LoadLiteOptions extends Pick<LpipsOptions, 'onWarning'> {
  /** Address of `lite.safetensors`. Default: the file in this package. */
  readonly url?: string | URL;
}

/**
 * Fetches the weights of `lite` (381 kB) and makes the metric on the current backend, which it waits for.
 *
 * @returns the metric; the caller disposes
 * @throws LpipsError if there is no backend, or if the weights cannot be fetched or are not those of `lite`
 */
export async function loadLite(options: LoadLiteOptions = {}): Promise<Lpips> {
  checkOptions('loadLite', options, ['url', 'onWarning']);
  const { url = liteWeightsUrl, ...rest } = options;
  await backendReady('loadLite');
  const { weights } = parseSafetensors(await fetchBytes(`${url}`));
  return Lpips.fromWeights(weights, { net: 'lite', ...rest });
}

async function fetchBytes(url: string): Promise<ArrayBuffer> {
  const advice = 'Is lite.safetensors served beside the page?';
  try {
    const response = await fetch(url);
    if (response.ok) return await response.arrayBuffer();
    throw cannot('loadLite', `fetch ${url}`, `the server answered with status ${response.status}`, advice);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // fetch throws a TypeError for every fault of the network
    throw cannot('loadLite', `fetch ${url}`, error.message, advice);
  }
}
