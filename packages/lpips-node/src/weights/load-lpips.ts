/**
 * @module
 * The metric from weights files. It finds the files, fetches those that are missing, checks their digests, and loads what
 * the metric needs.
 */
import { fileURLToPath } from 'node:url';
import {
  cannot,
  invalid,
  Lpips,
  type LpipsError,
  liteWeightsUrl,
  type NetName,
  type Weight,
  type WeightMap,
} from 'lpips-core';
import { weightsCacheDir } from '../files/cache.js';
import { matchesDigest, sha256OfFile } from '../files/digest.js';
import { DownloadError, type DownloadProgress } from '../files/download.js';
import type { HeadsVersion, OfficialFile, OfficialNet } from './catalogue.js';
import { fetchFiles } from './fetch-weights.js';
import {
  chooseNet,
  type FindOptions,
  type FoundFile,
  type FoundWeights,
  findWeights,
} from './find-weights.js';
import { isBackboneWeight, isHead } from './parts.js';
import { checkWeightsFile, readWeights } from './read-weights.js';

/** Which weights, and where they may come from. */
export interface LoadLpipsOptions {
  /**
   * Default: the first of alex, vgg and squeeze whose official weights are at hand, else `lite`. Nothing is
   * downloaded unless a net is named.
   */
  net?: NetName;
  /** Calibration of the heads. Default `'0.1'`. */
  version?: HeadsVersion;
  /** `false` = every head is 1, and no heads are read. Default `true`. */
  linear?: boolean;
  /** Folder of weights files, which comes before the cache. With it, nothing is downloaded. */
  weightsDir?: string;
  /** File of other heads for the net that is named, for example your own. */
  headsFile?: string;
  /** Default: `LPIPS_CACHE`, else the platform's cache folder. */
  cacheDir?: string;
  /** `true` = nothing is downloaded. Default `false`. */
  offline?: boolean;
  onProgress?: (progress: DownloadProgress) => void;
  signal?: AbortSignal;
  /** Stands in for the catalogue of official files, in tests. */
  files?: readonly OfficialFile[];
}

/**
 * Loads the metric on the current backend. Missing official weights of a named net are downloaded into the cache
 * first (alex 244 MB, squeeze 5 MB, vgg 553 MB), unless `offline` or `weightsDir` is set.
 *
 * @returns the metric; the caller disposes
 * @throws LpipsError where weights are missing and cannot be downloaded, are damaged, or belong to another net
 */
export async function loadLpips(options: LoadLpipsOptions = {}): Promise<Lpips> {
  const { version, linear, headsFile } = options;
  if (headsFile !== undefined && options.net === undefined) {
    const advice = 'Name the net that they belong to with --net (net).';
    throw cannot('loadLpips', `use the heads ${headsFile}`, 'no net is named', advice);
  }
  const net = options.net ?? (await chooseNet(options));
  const files = net === 'lite' ? liteFiles(options) : await officialWeights(net, options);
  const weights = await readParts(files, options);
  return Lpips.fromWeights(weights, {
    net,
    ...(version !== undefined && { version }),
    ...(linear !== undefined && { linear }),
  });
}

function liteFiles({ headsFile, linear = true }: LoadLpipsOptions): FoundFile[] {
  const path = fileURLToPath(liteWeightsUrl);
  const files: FoundFile[] = [{ part: 'backbone', path, place: 'cache' }];
  if (!linear) return files;
  const heads: FoundFile =
    headsFile === undefined
      ? { part: 'heads', path, place: 'cache' }
      : { part: 'heads', path: headsFile, place: 'headsFile' };
  return [...files, heads];
}

/** The files of a net, after fetching what is missing. */
async function officialWeights(net: OfficialNet, options: LoadLpipsOptions): Promise<FoundFile[]> {
  const { offline = false, weightsDir } = options;
  const atHand = await findWeights(net, options);
  if (atHand.missing.length === 0) return atHand.found;
  if (offline) throw missingWeights(net, options, atHand, 'downloading is off');
  if (weightsDir !== undefined) throw missingWeights(net, options, atHand);
  try {
    await fetchFiles(atHand.missing, options);
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    throw missingWeights(net, options, atHand, `the download failed (${error.reason})`);
  }
  return (await findWeights(net, options)).found;
}

function missingWeights(
  net: OfficialNet,
  { cacheDir, weightsDir }: FindOptions,
  { missing, incomplete }: FoundWeights,
  more = '',
): LpipsError {
  const places = [...(weightsDir === undefined ? [] : [weightsDir]), weightsCacheDir(cacheDir)].join(' or ');
  const names = missing.map(({ path }) => path).join(' and ');
  const why = [
    `there is no ${missing.map(({ path }) => path).join(' and no ')} in ${places}`,
    ...(incomplete.length > 0 ? [`only a part is in ${incomplete.join(', ')}`] : []),
    ...(more === '' ? [] : [more]),
  ].join(', and ');
  const advice =
    `Run "lpips weights fetch ${net}" on a machine with a network, ` +
    `or give a folder that holds ${names} with --weights DIR (weightsDir).`;
  return cannot('loadLpips', `load the ${net} weights`, why, advice);
}

/** Reads the backbone and the heads, each from the file that was found for it. */
async function readParts(files: readonly FoundFile[], { signal }: LoadLpipsOptions): Promise<WeightMap> {
  const weights = new Map<string, Weight>();
  for (const { part, path, place, official } of files) {
    await checkWeightsFile(path);
    if (official) await checkDigest(path, place, official, signal);
    const filter = part === 'backbone' ? isBackboneWeight : isHead;
    for (const [name, weight] of (await readWeights(path, { filter })).weights) weights.set(name, weight);
  }
  return weights;
}

async function checkDigest(
  path: string,
  place: FoundFile['place'],
  official: OfficialFile,
  signal: AbortSignal | undefined,
): Promise<void> {
  const digest = await sha256OfFile(path, { ...(signal && { signal }) });
  if (matchesDigest(digest, official.sha256)) return;
  const mend =
    place === 'cache'
      ? `The file is damaged; run "lpips weights fetch ${official.net}" to replace it.`
      : 'The file is damaged or another one; copy the official file again.';
  const own = official.part === 'heads' ? ' Name heads of your own with --heads FILE (headsFile).' : '';
  const shown = digest.slice(0, official.sha256.length);
  throw invalid('loadLpips', `sha256 ${official.sha256}`, path, shown, mend + own);
}
