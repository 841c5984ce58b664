/**
 * @module
 * One run of `bapps train`: prints a line for each epoch, and names the files.
 */
import { basename, join, resolve } from 'node:path';
import { cannot, type NetName, printable } from 'lpips-core';
import { type BackendChoice, loadLpips, readNetwork, selectBackend } from 'lpips-node';
import { oneOf, startProgress, type Terminal } from 'lpips-node/command-line';
import { tellLeftOut } from 'lpips-node/metric-options';
import { readExtractionManifest } from '../extraction/extraction-manifest.js';
import { digestOfBackbone } from '../extraction/extraction-shards.js';
import { listSplits } from '../extraction/list-items.js';
import { headsAmong, isHeadName } from '../networks/heads.js';
import { EventWriter } from '../tensorboard/event-writer.js';
import { TrainingEvents } from '../tensorboard/training-events.js';
import type { HoldOut } from '../training/hold-out.js';
import type { InitialHeads } from '../training/initial-weights.js';
import { type Clamped, totalEpochs } from '../training/recipe.js';
import type { Kept, StepResult } from '../training/run-training.js';
import { type TrainHeadsOptions, trainHeads } from '../training/train-heads.js';
import type { TrainedRun } from '../training/train-in-folder.js';
import { type Epoch, keptScores, meanScore } from '../training/training-log.js';
import { percent, SIMULATED } from './score-lines.js';

/** What is trained. */
export const MODES = ['linear', 'tune', 'scratch'] as const;

/** Arguments of one run. */
export interface RunArguments {
  readonly from: string;
  readonly out: string;
  readonly mode: (typeof MODES)[number];
  readonly net: NetName | undefined;
  readonly backend: BackendChoice;
  readonly init: string;
  readonly distortions: readonly string[] | undefined;
  readonly seed: number;
  readonly epochs: number;
  readonly decayEpochs: number;
  readonly learningRate: number | 'auto';
  readonly weightDecay: number;
  readonly keep: Kept;
  readonly patience: number | undefined;
  readonly batch: number;
  readonly noDropout: boolean;
  readonly clamp: Clamped;
  readonly holdOut: HoldOut | undefined;
  readonly tensorboard: string | undefined;
  readonly tensorboardEvery: number;
  /** The folder of the run below that of all runs of the command. */
  readonly path: readonly string[];
  /** Warnings that were told; they are told once. */
  readonly told?: Set<string>;
  readonly weights: string | undefined;
  readonly offline: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Trains in a folder of its own, with a seed. With `--json` whoever calls this prints the run. */
export async function trainOnce(options: RunArguments, terminal: Terminal): Promise<TrainedRun> {
  const { distortions, seed, epochs, decayEpochs, learningRate, batch, quiet, json } = options;
  const { weightDecay, keep, patience, holdOut, told = new Set<string>() } = options;
  const recipe = { epochs, decayEpochs, learningRate, batch, weightDecay };
  const total = totalEpochs(recipe);
  const events = await openEvents(options);
  let progress = startProgress(terminal, 'training', 0, { unit: 'steps', quiet });
  try {
    const shared = {
      seed,
      recipe,
      dropout: !options.noDropout,
      ...(distortions && { distortions }),
      keep,
      ...(patience !== undefined && { patience }),
      ...(holdOut && { holdOut }),
      onWarning: (message: string) => {
        progress.stop();
        if (!quiet && !told.has(message)) terminal.error(`bapps: ${message}\n`);
        told.add(message);
      },
      onStep: (step: number, steps: number, result: StepResult) => {
        events?.step(step, result);
        progress.update(step, steps);
      },
      onEpoch: (epoch: Epoch) => {
        progress.stop();
        events?.epoch(epoch);
        if (!quiet && !json) terminal.out(`${describeEpoch(epoch, total)}\n`);
        progress = startProgress(terminal, 'training', 0, { unit: 'steps', quiet });
      },
    };
    const run = await train(options, shared, terminal);
    progress.stop();
    const { log, resumedAt, files } = run;
    events?.end(log);
    if (json) return run;
    if (log.simulated && !quiet) terminal.error(SIMULATED);
    if (resumedAt > 0 && !quiet) terminal.error(`bapps: went on from step ${resumedAt} of ${log.steps}.\n`);
    const [first, last] = [log.before, keptScores(log)];
    const chosen = keep === 'best' ? `  epoch ${log.keptEpoch} of ${log.epochs.length}` : '';
    const scores =
      Object.keys(last).length > 0
        ? `  held-out 2AFC ${percent(meanScore(first), 2)} before, ${percent(meanScore(last), 2)} after`
        : '';
    const test = log.test ? `  test 2AFC ${percent(meanScore(log.test), 2)}` : '';
    terminal.out(`${printable(files.join(', '))}${scores}${test}${chosen}\n`);
    return run;
  } finally {
    progress.stop();
    events?.close();
  }
}

/** A run is in the folder of its name, so that TensorBoard shows several beside each other. */
async function openEvents({
  tensorboard,
  tensorboardEvery,
  out,
  path,
}: RunArguments): Promise<TrainingEvents | undefined> {
  if (tensorboard === undefined) return undefined;
  const name = basename(resolve(out, ...path.map(() => '..')));
  const writer = await EventWriter.open(join(tensorboard, name, ...path));
  return new TrainingEvents(writer, tensorboardEvery);
}

/** Trains heads or the whole network, by the mode. Only a whole network needs TensorFlow.js with all its gradients. */
async function train(
  options: RunArguments,
  shared: Omit<TrainHeadsOptions, 'initial' | 'initialName'>,
  terminal: Terminal,
): Promise<TrainedRun> {
  const { from, out, mode, init } = options;
  const onLeftOut = tellLeftOut(terminal, options.quiet);
  if (mode !== 'linear') {
    await listSplits(from, { only: ['2afc/train'], where: 'train' }); // before any weights are fetched
    const { prepareNetwork } = await import('./prepare-network.js');
    const { trainNetwork } = await import('../training/train-network.js');
    const { net, version, weights } = await prepareNetwork({ ...options, mode }, onLeftOut);
    await terminal.letSignalsKill();
    return trainNetwork(from, out, { ...shared, mode, net, version, weights, clamp: options.clamp });
  }
  const initial = await readInitialHeads(options, onLeftOut);
  await terminal.letSignalsKill();
  return trainHeads(from, out, { ...shared, initial, initialName: init });
}

async function readInitialHeads(
  { from, init, weights, offline }: RunArguments,
  onLeftOut: ReturnType<typeof tellLeftOut>,
): Promise<InitialHeads> {
  if (init === 'uniform' || init === 'random') return init;
  const { net, version, weights: digest } = await readExtractionManifest(from);
  if (init !== 'official') {
    const own = await readNetwork(init);
    if (own.leftOut.length > 0) onLeftOut(init, own.leftOut);
    const isWhole = ![...own.weights.keys()].every(isHeadName);
    if (!isWhole || digestOfBackbone(own) === digest) return headsAmong(own.weights);
    const why = `it holds a whole network, and the vectors in ${from} were made by another`;
    const advice = `Extract them with bapps extract --network ${init}, or use --mode tune.`;
    throw cannot('train', `begin with the heads of ${init}`, why, advice);
  }
  await selectBackend('cpu'); // nothing is computed on it
  const lpips = await loadLpips({
    net,
    ...(net !== 'lite' && { version: oneOf('version', ['0.1', '0.0'] as const, version) }),
    ...(weights !== undefined && { weightsDir: weights }),
    offline,
  });
  lpips.dispose();
  return headsAmong(lpips.weights);
}

function describeEpoch({ epoch, loss, learningRate, heldOut, heldOutLoss }: Epoch, total: number): string {
  const parts = Object.entries(heldOut).map(([name, score]) => `${printable(name)} ${percent(score, 2)}`);
  const lossOfHeld = heldOutLoss === undefined ? '' : `loss ${heldOutLoss.toFixed(4)}, `;
  const held =
    parts.length > 0
      ? `  held-out ${lossOfHeld}2AFC ${percent(meanScore(heldOut), 2)} (${parts.join(', ')})`
      : '';
  return `epoch ${epoch}/${total}  rate ${learningRate.toPrecision(2)}  loss ${loss.toFixed(4)}${held}`;
}
