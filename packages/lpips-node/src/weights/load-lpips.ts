/**
 * @module
 * The metric from weights files. It finds the files, fetches those that are missing, checks their digests, and loads what
 * the metric needs.
 */
import { fileURLToPath } from 'node:url';
import {
  cannot,
  checkFlag,
  checkOneOf,
  checkOptions,
  checkText,
  invalid,
  Lpips,
  type LpipsError,
  type LpipsOptions,
  liteWeightsUrl,
  NET_NAMES,
  type NetName,
  type Weight,
  type WeightMap,
} from 'lpips-core';
import {
  HEADS_VERSIONS,
  type HeadsVersion,
  type OfficialFile,
  type OfficialNet,
} from 'lpips-core/official-files';
import { DownloadError } from 'lpips-core/remote-files';
import { isBackboneWeight, isHead } from 'lpips-core/weights-files';
import { weightsCacheDir } from '../files/cache.js';
import { hashFile, matchesDigest } from '../files/digest.js';
import type { DownloadProgress } from '../files/download.js';
import { fetchFiles } from './fetch-weights.js';
import {
  chooseNet,
  type FindOptions,
  type FoundFile,
  type FoundWeights,
  findWeights,
} from './find-weights.js';
import { type OwnWeightsOptions, readOwnWeights } from './own-weights.js';
import { checkWeightsFile, readNetwork } from './read-weights.js';

/** Which weights, and where they may come from. Without `net`, nothing is downloaded. */
export interface LoadLpipsOptions extends OwnWeightsOptions, Pick<LpipsOptions, 'onWarning'> {
  /** Default: `LPIPS_CACHE`, else the platform's cache folder. */
  cacheDir?: string;
  /** `true` = nothing is downloaded. Default `false`. */
  offline?: boolean;
  onProgress?: (progress: DownloadProgress) => void;
  signal?: AbortSignal;
  /** Stands in for the catalogue of official files, in tests. */
  files?: readonly OfficialFile[];
}

const OPTIONS = [
  'net',
  'version',
  'linear',
  'weightsDir',
  'headsFile',
  'networkFile',
  'cacheDir',
  'offline',
  'onProgress',
  'onLeftOut',
  'onWarning',
  'signal',
  'files',
] as const satisfies (keyof LoadLpipsOptions)[];

/**
 * Loads the metric on the current backend. Missing official weights of a named net are downloaded into the cache
 * first (alex 10 MB, squeeze 4 MB, vgg 59 MB), unless `offline`, `weightsDir` or a whole network of your own is given.
 *
 * @returns the metric; the caller disposes
 * @throws LpipsError where weights are missing and cannot be downloaded, are damaged, or belong to another net, and where
 *   options contradict each other
 */
export async function loadLpips(options: LoadLpipsOptions = {}): Promise<Lpips> {
  checkLoadOptions(options);
  const own = await readOwnWeights(options);
  const net = options.net ?? own?.net ?? (await chooseNet(options));
  const version = options.version ?? own?.version;
  const { linear, onWarning } = options;
  const weights = own?.isWhole ? own.weights : await readParts(net, own?.weights, options, version);
  return Lpips.fromWeights(weights, {
    net,
    ...(version !== undefined && { version }),
    ...(linear !== undefined && { linear }),
    ...(onWarning !== undefined && { onWarning }),
  });
}

function checkLoadOptions(options: LoadLpipsOptions): void {
  checkOptions('loadLpips', options, OPTIONS);
  const { net, version, linear, weightsDir, headsFile, networkFile, cacheDir, offline } = options;
  if (net !== undefined) checkOneOf('loadLpips', 'net', net, NET_NAMES);
  if (version !== undefined) checkOneOf('loadLpips', 'version', version, HEADS_VERSIONS);
  checkFlag('loadLpips', 'linear', linear);
  checkFlag('loadLpips', 'offline', offline);
  for (const [name, path] of Object.entries({ weightsDir, headsFile, networkFile, cacheDir })) {
    if (path !== undefined) checkText('loadLpips', name, path);
  }
}

function liteFiles(linear: boolean): FoundFile[] {
  const path = fileURLToPath(liteWeightsUrl);
  const parts = linear ? (['backbone', 'heads'] as const) : (['backbone'] as const);
  return parts.map((part) => ({ part, path, place: 'cache' }));
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

/** Reads the backbone, and the heads unless they are at hand, each from the file that was found for it. */
async function readParts(
  net: NetName,
  heads: WeightMap | undefined,
  options: LoadLpipsOptions,
  version: HeadsVersion | undefined,
): Promise<WeightMap> {
  const linear = (options.linear ?? true) && heads === undefined;
  const wanted = { ...options, linear, ...(version !== undefined && { version }) };
  const files = net === 'lite' ? liteFiles(linear) : await officialWeights(net, wanted);
  const weights = new Map<string, Weight>(heads);
  for (const file of files) {
    const { part, path } = file;
    await checkWeightsFile(path);
    await checkDigest(file, options.signal);
    const isOfPart = part === 'backbone' ? isBackboneWeight : isHead;
    for (const [name, weight] of (await readNetwork(path)).weights) {
      if (isOfPart(name)) weights.set(name, weight);
    }
  }
  return weights;
}

/** @throws LpipsError where a file claims to be an official one and is not */
async function checkDigest(
  { path, place, official, sha256 }: FoundFile,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!official || sha256 === undefined) return;
  const digest = await hashFile(path, signal);
  if (matchesDigest(digest, sha256)) return;
  const mend =
    place === 'cache'
      ? `The file is damaged; run "lpips weights fetch ${official.net}" to replace it.`
      : 'The file is damaged or another one; copy the official file again.';
  const own = official.part === 'heads' ? ' Name heads of your own with --heads FILE (headsFile).' : '';
  throw invalid('loadLpips', `sha256 ${sha256}`, path, digest.slice(0, sha256.length), mend + own);
}
