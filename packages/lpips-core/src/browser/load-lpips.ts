/**
 * @module
 * The official nets in a page. Their weights come from files that you serve, or that their publishers do. Every tensor is checked
 * against the published one, and the browser keeps it.
 */
import {
  checkFlag,
  checkFunction,
  checkOneOf,
  checkOptions,
  checkSignal,
  checkText,
  kindOf,
} from '../check-options.js';
import { invalid } from '../errors.js';
import { Lpips } from '../lpips.js';
import type { LpipsOptions } from '../lpips-options.js';
import { backendReady } from './backend-ready.js';
import type { FetchProgress } from './fetch-file.js';

/** Which net, and where its weights are. */
export interface LoadLpipsOptions extends Pick<LpipsOptions, 'linear' | 'onWarning'> {
  readonly net: (typeof NETS)[number];
  /**
   * Address of the convolutions: the file that torchvision publishes (`vgg16-397923af.pth`), of which only what the net needs is
   * downloaded where the server sends ranges; or a safetensors file of them, with or without the heads, such as
   * `lpips weights fetch` writes. An address that ends with `/` is a folder that holds the published files as they are published:
   * `vgg16-397923af.pth` and `v0.1/vgg.pth`.
   */
  readonly url: string | URL;
  /**
   * Address of the heads, such as `v0.1/vgg.pth`. Default: what `url` holds, else the file in the repository of LPIPS, on GitHub at
   * a pinned commit.
   */
  readonly headsUrl?: string | URL;
  /** Calibration of the heads. Default `'0.1'`. */
  readonly version?: (typeof VERSIONS)[number];
  /** Name of the browser's cache that keeps the tensors; `null` = they are not kept. Default `'lpips'`. */
  readonly cache?: string | null;
  /**
   * Told how many bytes there are of all that are needed, those of the browser's cache included. Where a whole file must be
   * fetched, it counts from 0 to the size of that file instead.
   */
  readonly onProgress?: (progress: FetchProgress) => void;
  /** Ends the download. What has come by then is kept. */
  readonly signal?: AbortSignal;
}

const NETS = ['alex', 'squeeze', 'vgg'] as const;
const VERSIONS = ['0.1', '0.0'] as const;
const OPTIONS = [
  'net',
  'url',
  'headsUrl',
  'version',
  'linear',
  'cache',
  'onProgress',
  'onWarning',
  'signal',
] as const satisfies (keyof LoadLpipsOptions)[];

/**
 * Fetches official weights and makes the metric on the current backend, which it waits for. The next time they come from the
 * browser's cache, where the page has one, and are checked again. Where the server sends ranges, a
 * connection that breaks off is taken up where it broke, and an interrupted download of a published file goes on with the tensors
 * that are missing.
 *
 * @returns the metric; the caller disposes
 * @throws LpipsError if there is no backend, or if the weights cannot be fetched or are not the published ones; what aborted
 *   `signal`
 */
export async function loadLpips(options: LoadLpipsOptions): Promise<Lpips> {
  checkOptions('loadLpips', options, OPTIONS);
  const {
    net,
    url,
    headsUrl,
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
  checkAddress('url', url);
  if (headsUrl !== undefined) checkAddress('headsUrl', headsUrl);
  checkFunction('loadLpips', 'onProgress', onProgress);
  checkSignal('loadLpips', signal);
  await backendReady('loadLpips');
  const { officialWeights } = await import('./official-weights.js'); // as large as all the rest of this package
  const addresses = { url: `${url}`, headsUrl: headsUrl === undefined ? undefined : `${headsUrl}` };
  const weights = await officialWeights({ net, version, linear, ...addresses, cache, onProgress, signal });
  return Lpips.fromWeights(weights, { net, version, linear, ...(onWarning !== undefined && { onWarning }) });
}

function checkAddress(argument: string, value: unknown): void {
  if (typeof value === 'string' || value instanceof URL) return;
  const advice = 'Serve a published file, or the one that "lpips weights fetch NET --out FILE" writes.';
  throw invalid('loadLpips', 'an address', argument, kindOf(value), advice);
}
