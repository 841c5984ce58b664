/**
 * @module
 * The official nets in a page. Their weights are a file that you serve, such as `lpips weights fetch vgg --out vgg.safetensors` writes.
 * Every tensor is checked against the published one, and the browser keeps the file.
 */
import { checkFlag, checkOneOf, checkOptions, checkText, kindOf } from '../check-options.js';
import { cannot, invalid } from '../errors.js';
import { Lpips } from '../lpips.js';
import type { LpipsOptions } from '../lpips-options.js';
import type { TensorDigests } from '../official/official-tensors.js';
import { parseSafetensors } from '../weights/safetensors.js';
import type { WeightMap } from '../weights/weight-map.js';
import { backendReady } from './backend-ready.js';
import { type FetchProgress, fetchBytes } from './fetch-bytes.js';

/** Which net, and where its weights are. */
export interface LoadLpipsOptions extends Pick<LpipsOptions, 'linear' | 'onWarning'> {
  readonly net: (typeof NETS)[number];
  /** Address of a safetensors file with the convolutions of the net and its heads. */
  readonly url: string | URL;
  /** Calibration of the heads. Default `'0.1'`. */
  readonly version?: (typeof VERSIONS)[number];
  /** Name of the browser's cache that keeps the file; `null` = it is not kept. Default `'lpips'`. */
  readonly cache?: string | null;
  readonly onProgress?: (progress: FetchProgress) => void;
  readonly signal?: AbortSignal;
}

const NETS = ['alex', 'squeeze', 'vgg'] as const;
const VERSIONS = ['0.1', '0.0'] as const;
const OPTIONS = [
  'net',
  'url',
  'version',
  'linear',
  'cache',
  'onProgress',
  'onWarning',
  'signal',
] as const satisfies (keyof LoadLpipsOptions)[];

/**
 * Fetches official weights and makes the metric on the current backend, which it waits for. The next time they come from the
 * browser's cache, where the page has one, and are checked again.
 *
 * @returns the metric; the caller disposes
 * @throws LpipsError if there is no backend, or if the weights cannot be fetched or are not the published ones
 */
export async function loadLpips(options: LoadLpipsOptions): Promise<Lpips> {
  checkOptions('loadLpips', options, OPTIONS);
  const {
    net,
    url,
    version = '0.1',
    linear = true,
    cache = 'lpips',
    onProgress,
    onWarning,
    signal,
  } = options;
  checkOneOf('loadLpips', 'net', net, NETS);
  checkOneOf('loadLpips', 'version', version, VERSIONS);
  checkFlag('loadLpips', 'linear', linear);
  if (cache !== null) checkText('loadLpips', 'cache', cache);
  if (typeof url !== 'string' && !(url instanceof URL)) {
    const advice = 'Serve the file that "lpips weights fetch NET --out FILE" writes.';
    throw invalid('loadLpips', 'an address', 'url', kindOf(url), advice);
  }
  await backendReady('loadLpips');
  const { OFFICIAL_BACKBONES, OFFICIAL_HEADS } = await officialTensors();
  const known = { ...OFFICIAL_BACKBONES[net], ...(linear && OFFICIAL_HEADS[net][version]) };
  const weights = await officialWeights(`${url}`, known, { cache, onProgress, signal });
  return Lpips.fromWeights(weights, { net, version, linear, ...(onWarning !== undefined && { onWarning }) });
}

/** Half as large as all the rest of this package, so pages without official nets do not load it. */
function officialTensors() {
  return import('../official/official-tensors.js');
}

interface Source {
  readonly cache: string | null;
  readonly onProgress: ((progress: FetchProgress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The known tensors, from the cache or else from the address. */
async function officialWeights(
  url: string,
  known: TensorDigests,
  { cache, onProgress, signal }: Source,
): Promise<WeightMap> {
  const store = cache === null ? undefined : await openCache(cache);
  const kept = await store?.match(url);
  if (kept) {
    const bytes = new Uint8Array(await kept.arrayBuffer());
    const weights = await checkedWeights(url, bytes, known).catch(() => undefined);
    if (weights) {
      onProgress?.({ receivedBytes: bytes.length, totalBytes: bytes.length });
      return weights;
    }
    await store?.delete(url); // another file has come to this address, or the cache is damaged
  }
  const advice = 'Is it served, and may this page read it (CORS)?';
  const bytes = await fetchBytes('loadLpips', url, { advice, onProgress, signal });
  const weights = await checkedWeights(url, bytes, known);
  await store?.put(url, new Response(bytes)).catch(() => undefined); // without room, it is fetched the next time too
  return weights;
}

/** Undefined in a page that was not served over https, and where cookies are off. */
async function openCache(name: string): Promise<Cache | undefined> {
  const { caches } = globalThis as Partial<WindowOrWorkerGlobalScope>;
  return await caches?.open(name).catch(() => undefined);
}

/** @throws LpipsError unless the file holds all tensors, each as it was published */
async function checkedWeights(url: string, bytes: Uint8Array, known: TensorDigests): Promise<WeightMap> {
  const { weights } = parseSafetensors(bytes, { source: url, filter: (name) => Object.hasOwn(known, name) });
  const missing = Object.keys(known).find((name) => !weights.has(name));
  if (missing !== undefined) {
    const why = `it has no ${missing}`;
    throw cannot('loadLpips', `take ${url}`, why, 'Is it the file of this net and version?');
  }
  const { tensorDigest } = await officialTensors();
  for (const [name, weight] of weights) {
    const digest = await tensorDigest(weight);
    if (digest === known[name]) continue;
    const advice = 'For weights of your own, use Lpips.fromWeights.';
    throw invalid('loadLpips', `the published values of ${name}`, url, 'others', advice);
  }
  return weights;
}
