/**
 * @module
 * The files that a user names: heads for an official net, or a whole network, which is taken whole even where it is named as
 * heads. A file may say in its metadata which version of LPIPS it was trained as, as those of `bapps train` do.
 */
import { cannot, invalid, type LpipsError, type NetName, type Weight, type WeightMap } from 'lpips-core';
import { HEADS_VERSIONS, type HeadsVersion } from 'lpips-core/official-files';
import type { NetworkContent } from 'lpips-core/weights-files';
import { isBackboneWeight, isHead, netOf } from 'lpips-core/weights-files';
import { listNames } from './list-names.js';
import { readNetwork } from './read-weights.js';

/** Which weights, and the files of one's own. */
export interface OwnWeightsOptions {
  /**
   * Default: the net of `networkFile`, else the first of alex, vgg and squeeze whose official weights are at hand, else
   * `lite`.
   */
  net?: NetName;
  /** Calibration of the heads. Default: what `networkFile` or `headsFile` states, else `'0.1'`. */
  version?: HeadsVersion;
  /** `false` = every head is 1, and no heads are read. Default `true`. */
  linear?: boolean;
  /** Folder of weights files, which comes before the cache. With it, nothing is downloaded. */
  weightsDir?: string;
  /**
   * File of other heads for the net that is named, for example your own. Where it holds a whole network, such as a tuned
   * one, all of it is taken.
   */
  headsFile?: string;
  /**
   * File of a whole network of your own, in any layout that `readNetwork` knows. With `headsFile`, the heads come from
   * there.
   */
  networkFile?: string;
  /** Told what `headsFile` or `networkFile` holds beside the weights of a network, which is not loaded. */
  onLeftOut?: (path: string, names: readonly string[]) => void;
}

/** What `headsFile` and `networkFile` hold. */
export interface OwnWeights {
  readonly weights: WeightMap;
  /** Whether a backbone is among them; else they are heads alone. */
  readonly isWhole: boolean;
  /** The net whose shapes they have. */
  readonly net?: NetName;
  /** The version that a file states. */
  readonly version?: HeadsVersion;
}

/**
 * Reads `networkFile` and `headsFile`.
 *
 * @returns undefined where neither is named, or heads are named and not used
 * @throws LpipsError where a file cannot be read or holds something else, and where options contradict each other
 */
export async function readOwnWeights(options: OwnWeightsOptions): Promise<OwnWeights | undefined> {
  const { net, weightsDir, headsFile, networkFile, linear = true } = options;
  if (networkFile !== undefined) {
    if (weightsDir !== undefined) {
      const why = `a folder of weights, ${weightsDir}, is named too`;
      throw cannot('loadLpips', `use the network ${networkFile}`, why, 'Leave one of them out.');
    }
    const network = await read(networkFile, options);
    return await takeNetwork(networkFile, network, options);
  }
  if (headsFile === undefined) return undefined;
  if (net === undefined) {
    const advice = 'Name the net that they belong to with --net (net).';
    throw cannot('loadLpips', `use the heads ${headsFile}`, 'no net is named', advice);
  }
  const content = await read(headsFile, options);
  if ([...content.weights.keys()].some(isBackboneWeight)) {
    return await takeNetwork(headsFile, content, { ...options, headsFile: undefined });
  }
  if (!linear) return undefined;
  checkHeads(headsFile, content);
  return { weights: content.weights, isWhole: false, ...versionOf(headsFile, content, options) };
}

async function takeNetwork(
  path: string,
  content: NetworkContent,
  options: Omit<OwnWeightsOptions, 'headsFile'> & { headsFile?: string | undefined },
): Promise<OwnWeights> {
  const { net, headsFile, linear = true } = options;
  const known = net ?? netOf(content.weights);
  if (known === undefined || ![...content.weights.keys()].some(isBackboneWeight)) {
    throw noNetwork(path, content);
  }
  const weights = new Map<string, Weight>(
    [...content.weights].filter(([name]) => linear || isBackboneWeight(name)),
  );
  if (headsFile !== undefined && linear) {
    const heads = await read(headsFile, options);
    checkHeads(headsFile, heads);
    for (const [name, weight] of heads.weights) {
      if (isHead(name)) weights.set(name, weight);
    }
  }
  if (linear && ![...weights.keys()].some(isHead)) {
    const advice = 'Add heads with --heads FILE (headsFile), or use --no-linear (linear: false).';
    throw invalid('loadLpips', 'a network with heads', path, 'convolutions alone', advice);
  }
  return { weights, isWhole: true, net: known, ...versionOf(path, content, options) };
}

async function read(
  path: string,
  { onLeftOut }: Pick<OwnWeightsOptions, 'onLeftOut'>,
): Promise<NetworkContent> {
  const content = await readNetwork(path);
  if (content.leftOut.length > 0) onLeftOut?.(path, content.leftOut);
  return content;
}

function checkHeads(path: string, { weights }: NetworkContent): void {
  const names = [...weights.keys()];
  if (names.length > 0 && names.every(isHead)) return;
  const got = names.length === 0 ? 'none' : 'a whole network';
  throw invalid(
    'loadLpips',
    'heads named lin*',
    path,
    got,
    'Name a whole network with --network FILE (networkFile).',
  );
}

function versionOf(
  path: string,
  { metadata }: NetworkContent,
  { version }: Pick<OwnWeightsOptions, 'version'>,
): { version?: HeadsVersion } {
  const stated = HEADS_VERSIONS.find((each) => each === metadata['version']);
  if (stated === undefined) return {};
  if (version === undefined || version === stated) return { version: stated };
  const advice = 'Leave --version (version) out.';
  throw cannot('loadLpips', `use ${path} as version ${version}`, `it was trained as ${stated}`, advice);
}

function noNetwork(path: string, { weights, leftOut }: NetworkContent): LpipsError {
  const refuse = (got: string, advice: string) => invalid('loadLpips', 'a whole network', path, got, advice);
  if (weights.size === 0) {
    const got = leftOut.length > 0 ? listNames(leftOut) : 'nothing';
    return refuse(got, 'Is it a state dict of another kind of network?');
  }
  const convolutions = [...weights.keys()].filter(isBackboneWeight).length;
  if (convolutions === 0) {
    return refuse('heads alone', 'Heads alone go with --heads FILE (headsFile) and --net (net).');
  }
  const got = `${convolutions} weights of convolutions that fit neither lite, alex, squeeze nor vgg`;
  return refuse(got, 'Name the net with --net (net) to learn which does not fit.');
}
