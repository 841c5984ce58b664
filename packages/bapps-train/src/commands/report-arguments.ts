/**
 * @module
 * What `bapps report` is given, for one run and for several.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid, type Lpips } from 'lpips-core';
import { calibrationName, identifyWeights, readNetwork } from 'lpips-node';
import type { MetricArguments } from 'lpips-node/metric-options';
import { isHeadName } from '../networks/heads.js';
import type { TrainingLog } from '../training/training-log.js';

/** Arguments of `bapps report`. */
export interface ReportArguments extends MetricArguments {
  readonly run: readonly string[];
  readonly data: string;
  readonly extraction: string | undefined;
  readonly out: string | undefined;
  readonly shown: number;
  readonly noBaselines: boolean;
  readonly size: number;
}

/** Name of the page. */
export const FILE = 'report.html';

/**
 * The weights that a run ended with: its only safetensors file beside the checkpoints.
 *
 * @throws LpipsError where there is none, or several
 */
export async function findRunWeights(run: string): Promise<string> {
  const names = (await readdir(run)).filter(
    (name) => name.endsWith('.safetensors') && !name.startsWith('checkpoint') && !name.startsWith('.'),
  );
  const [name] = names;
  if (name !== undefined && names.length === 1) return join(run, name);
  const got = names.length === 0 ? 'none' : names.sort().join(', ');
  const advice = names.length === 0 ? 'Let "bapps train" finish first.' : 'Move the others away.';
  throw invalid('report', 'one .safetensors file of the run’s weights', run, got, advice);
}

/**
 * What the metric is opened by. A network of convolutions alone, such as a clamped trunk, is opened without heads: those of the runs
 * are put on it.
 *
 * @throws LpipsError if there is no such file, or it holds no network
 */
export async function withoutMissingHeads<Options extends MetricArguments>(
  options: Options,
): Promise<Options> {
  const { network, heads } = options;
  if (network === undefined || heads !== undefined) return options;
  const { weights } = await readNetwork(network);
  return [...weights.keys()].some(isHeadName) ? options : { ...options, noLinear: true };
}

/** What to tell of a run that has learned from triplets that it is scored on; undefined of others. */
export function noteOfFold(name: string, { settings = {} }: TrainingLog): string | undefined {
  const held = settings['held out'] ?? '';
  if (!held.startsWith('fold ')) return undefined;
  return `${name} has learned from triplets of val (it is ${held}), so that its scores on val flatter it.`;
}

/** What to tell of heads that learned on another network than the one on which they are scored; undefined where it is the same. */
export async function noteOfNetwork(
  name: string,
  { mode, net, calibration }: TrainingLog,
  lpips: Lpips,
): Promise<string | undefined> {
  if (mode !== 'linear') return undefined; // its weights are a whole network
  const { net: here, version, weights } = lpips;
  const used = calibrationName(lpips, await identifyWeights({ net: here, version, linear: false, weights }));
  if (used === calibration && here === net) return undefined;
  return `${name} has learned on ${net} ${calibration}, and is scored on ${here} ${used}: name its network with --network.`;
}
