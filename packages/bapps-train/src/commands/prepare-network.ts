/**
 * @module
 * What `bapps train --mode tune` and `--mode scratch` need before the first step: a backend that can train, and weights
 * to begin with.
 */
import type { NetName, WeightMap } from 'lpips-core';
import { type BackendChoice, loadLpips, readWeights, selectBackend } from 'lpips-node';
import { UsageError } from 'lpips-node/command-line';
import { addTrainingKernels, checkTrainable, preferBatchKernels } from '../networks/training-kernels.js';
import { initialNetwork } from '../training/initial-weights.js';

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
 * Selects the backend and makes the weights to begin with.
 *
 * @throws UsageError without a net
 * @throws LpipsError where the backend cannot train, or weights are missing
 */
export async function prepareNetwork(
  options: NetworkArguments,
): Promise<{ net: NetName; weights: WeightMap }> {
  const { mode, net, backend, init, seed, offline } = options;
  if (net === undefined) {
    throw new UsageError(`expected a net for --mode ${mode}, got none. Name it with --net.`);
  }
  preferBatchKernels();
  await selectBackend(backend);
  await addTrainingKernels();
  checkTrainable('train');
  const where = options.weights === undefined ? {} : { weightsDir: options.weights };
  const needsOfficial = mode === 'tune' || init === 'official';
  const official = needsOfficial ? await loadLpips({ net, ...where, offline }) : undefined;
  official?.dispose();
  const loaded = official?.weights ?? new Map();
  const isWord = init === 'uniform' || init === 'random';
  const heads = isWord ? init : init === 'official' ? loaded : (await readWeights(init)).weights;
  return { net, weights: initialNetwork(net, mode === 'tune' ? loaded : 'random', heads, seed) };
}
