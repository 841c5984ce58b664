/**
 * @module
 * The small network of this package, in a page: its weights are fetched from wherever the bundler put them.
 */
import { invalid } from '../errors.js';
import { Lpips } from '../lpips.js';
import { liteWeightsUrl } from '../weights/lite-weights.js';
import { parseSafetensors } from '../weights/safetensors.js';
import { backendReady } from './backend-ready.js';

/** Where the weights come from. */
export interface LoadLiteOptions {
  /** Address of `lite.safetensors`; default the file in this package. */
  readonly url?: string | URL;
}

/**
 * Fetches the weights of `lite` (381 kB) and makes the metric on the current backend, which it waits for.
 *
 * @returns the metric; the caller disposes
 * @throws LpipsError where there is no backend, or the weights cannot be fetched or are not those of `lite`
 */
export async function loadLite({ url = liteWeightsUrl }: LoadLiteOptions = {}): Promise<Lpips> {
  await backendReady('loadLite');
  const { weights } = parseSafetensors(await fetchBytes(`${url}`));
  return Lpips.fromWeights(weights, { net: 'lite' });
}

async function fetchBytes(url: string): Promise<ArrayBuffer> {
  const advice = 'Is lite.safetensors served beside the page?';
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalid('loadLite', 'an answer', url, `none (${reason})`, advice);
  }
  if (!response.ok) throw invalid('loadLite', 'status 200', url, `${response.status}`, advice);
  return response.arrayBuffer();
}
