/**
 * @module
 * What `bapps train --mode tune` and `--mode scratch` need before the first step: a backend that can train, and weights
 * to begin with.
 */
import { cannot, type NetName, type WeightMap } from 'lpips-core';
import { type BackendChoice, type HeadsVersion, loadLpips, readNetwork, selectBackend } from 'lpips-node';
import { UsageError } from 'lpips-node/command-line';
import { isHeadName } from '../networks/heads.js';
import { checkTrainable, preferBatchKernels } from '../networks/training-kernels.js';
import { initialNetwork } from '../training/initial-weights.js';

/** Told what a file holds beside the weights of a network. */
type LeftOutListener = (path: string, names: readonly string[]) => void;

/** The arguments of `bapps train` that decide it. */
export interface NetworkArguments {
  readonly mode: 'tune' | 'scratch';
  readonly net: NetName | undefined;
  readonly backend: BackendChoice;
  readonly init: string;
  readonly seed: number;
  readonly weights: string | undefined;
  readonly offline: boolean;
}

/**
 * Selects the backend and makes the weights to begin with. A file that holds a whole network is tuned as a whole.
 *
 * @returns the weights, and the version of LPIPS whose scaling layer stands before them
 * @throws UsageError without a net
 * @throws LpipsError where the backend cannot train, or weights are missing
 */
export async function prepareNetwork(
  options: NetworkArguments,
  onLeftOut: LeftOutListener,
): Promise<{ net: NetName; version: HeadsVersion; weights: WeightMap }> {
  const { mode, net, backend, init, seed, offline } = options;
  if (net === undefined) {
    throw new UsageError(`expected a net for --mode ${mode}, got none. Name it with --net.`);
  }
  preferBatchKernels();
  await selectBackend(backend);
  checkTrainable('train');
  const where = { offline, ...(options.weights !== undefined && { weightsDir: options.weights }) };
  const isWord = init === 'uniform' || init === 'random';
  const isFile = !isWord && init !== 'official';
  if (mode === 'scratch' && isFile) {
    const heads = await readHeads(init, onLeftOut);
    return { net, version: '0.1', weights: initialNetwork(net, 'random', heads, seed) };
  }
  if (mode === 'scratch' && isWord) {
    return { net, version: '0.1', weights: initialNetwork(net, 'random', init, seed) };
  }
  const own = isFile ? { headsFile: init, onLeftOut } : {}; // a whole network is taken whole
  const lpips = await loadLpips({ net, ...where, ...own });
  lpips.dispose();
  const { weights } = lpips;
  const backbone = mode === 'tune' ? weights : 'random';
  const version = lpips.version === '0.0' ? '0.0' : '0.1';
  return { net, version, weights: initialNetwork(net, backbone, isWord ? init : weights, seed) };
}

/** @throws LpipsError where the file holds a backbone, which a network from random weights has no use for */
async function readHeads(path: string, onLeftOut: LeftOutListener): Promise<WeightMap> {
  const { weights, leftOut } = await readNetwork(path);
  if (leftOut.length > 0) onLeftOut(path, leftOut);
  if ([...weights.keys()].every(isHeadName)) return weights;
  const why = 'it holds a whole network';
  throw cannot('train', `begin from scratch with ${path}`, why, 'Use --mode tune to go on from it.');
}
