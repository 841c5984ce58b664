/**
 * @module
 * The small network of this package in a page. Its weights are fetched from the address that the bundler gave them.
 */
import { checkOptions } from '../check-options.js';
import { Lpips } from '../lpips.js';
import type { LpipsOptions } from '../lpips-options.js';
import { liteWeightsUrl } from '../weights/lite-weights.js';
import { parseSafetensors } from '../weights/safetensors.js';
import { backendReady } from './backend-ready.js';
import { fetchBytes } from './fetch-bytes.js';

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
  const advice = 'Is lite.safetensors served beside the page?';
  const { weights } = parseSafetensors(await fetchBytes('loadLite', `${url}`, { advice }));
  return Lpips.fromWeights(weights, { net: 'lite', ...rest });
}
