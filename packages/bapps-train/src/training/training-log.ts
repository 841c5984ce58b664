/**
 * @module
 * The curves of a training run, in `training.json` next to its weights, which `bapps report` draws, and in `training.csv`.
 */
import { join } from 'node:path';
import { checkText, invalid, NET_NAMES, type NetName } from 'lpips-core';
import { csvField, writeAtomically } from 'lpips-node/files';
import { checkNumbers, checkRecord } from '../check-arguments.js';
import { parseJson } from '../files/parse-json.js';
import { readFileOf } from '../files/read-file.js';
import { LOG_FILES } from './run-files.js';

/** The log of a thousand epochs with a hundred distortions has 4 MB. */
const MOST_BYTES = 2 ** 26;

/** One epoch. */
export interface Epoch {
  /** From 1. */
  readonly epoch: number;
  readonly learningRate: number;
  /** Mean of the ranking loss over the steps. */
  readonly loss: number;
  /** 2AFC score on the training batches, under dropout. */
  readonly trainScore: number;
  /** Number of weights that were set to 0, over all steps. */
  readonly clamped: number;
  /** 2AFC score on held-out triplets after the epoch, by distortion; empty if there are none. */
  readonly heldOut: Readonly<Record<string, number>>;
  /** Mean of the ranking loss on them. */
  readonly heldOutLoss?: number;
}

const MODES = ['linear', 'tune', 'scratch'] as const;

/** The settings of a run, and its curves. */
export interface TrainingLog {
  readonly tool: string;
  readonly mode: (typeof MODES)[number];
  readonly net: NetName;
  readonly version: string;
  /**
   * What the network that training began with is called beside its net: `0.1` if it is the published one, else
   * `custom 1a2b3c4d`. In the mode "linear" it is the backbone alone.
   */
  readonly calibration: string;
  /** Whether the judgements are those of simulated observers. */
  readonly simulated: boolean;
  readonly seed: number;
  readonly triplets: number;
  readonly steps: number;
  /** Held-out score by distortion before the first step. */
  readonly before: Readonly<Record<string, number>>;
  readonly epochs: readonly Epoch[];
  /** The epoch whose weights were kept. Default: the last. */
  readonly keptEpoch?: number;
  /** Score of the kept weights by distortion, on triplets that chose nothing. */
  readonly test?: Readonly<Record<string, number>>;
  /** What the run was asked to do, by names: the learning rate, how triplets were held out, and so on. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Writes the curves into the folder of a run. */
export async function writeTrainingLog(folder: string, log: TrainingLog): Promise<void> {
  await writeAtomically(join(folder, LOG_FILES.log), `${JSON.stringify(log, null, 2)}\n`);
}

/** Writes the curves as a table, a line for each epoch, which grows while the run goes on. */
export async function writeEpochsAsCsv(folder: string, epochs: readonly Epoch[]): Promise<void> {
  const distortions = Object.keys(epochs[0]?.heldOut ?? {});
  const header = [
    'epoch',
    'learning rate',
    'loss',
    'train 2AFC',
    'clamped',
    'held-out loss',
    'held-out 2AFC',
  ];
  const lines = epochs.map(({ epoch, learningRate, loss, trainScore, clamped, heldOut, heldOutLoss }) => {
    const mean = distortions.length > 0 ? meanScore(heldOut) : '';
    const scores = distortions.map((name) => heldOut[name] ?? '');
    return [epoch, learningRate, loss, trainScore, clamped, heldOutLoss ?? '', mean, ...scores].join(',');
  });
  const names = [...header, ...distortions.map((name) => `held-out 2AFC of ${name}`)].map(csvField).join(',');
  await writeAtomically(join(folder, LOG_FILES.table), `${[names, ...lines].join('\n')}\n`);
}

/** The held-out scores of the epoch whose weights were kept, by distortion. */
export function keptScores({ epochs, keptEpoch }: TrainingLog): Readonly<Record<string, number>> {
  const kept = epochs.find(({ epoch }) => epoch === keptEpoch) ?? epochs.at(-1);
  return kept?.heldOut ?? {};
}

/** The scores that count: of the test triplets where there are some, else of the held-out ones at the kept epoch. */
export function finalScores(log: TrainingLog): Readonly<Record<string, number>> {
  return log.test ?? keptScores(log);
}

/** The first epoch with the highest mean held-out score; 0 without any, and the last where nothing is held out. */
export function bestEpoch(epochs: readonly Epoch[]): number {
  let best = { epoch: 0, score: Number.NEGATIVE_INFINITY };
  for (const { epoch, heldOut } of epochs) {
    const hasScores = Object.keys(heldOut).length > 0;
    const score = hasScores ? meanScore(heldOut) : Number.NEGATIVE_INFINITY;
    if (!hasScores || score > best.score) best = { epoch, score };
  }
  return best.epoch;
}

/**
 * Reads the curves of a run.
 *
 * @throws LpipsError if the folder has none, or a damaged file
 */
export async function readTrainingLog(folder: string): Promise<TrainingLog> {
  checkText('readTrainingLog', 'folder', folder);
  const path = join(folder, LOG_FILES.log);
  const whereMissing = 'Run "bapps train" first.';
  const about = {
    where: 'training log',
    what: `a folder with ${LOG_FILES.log}`,
    mostBytes: MOST_BYTES,
    whereMissing,
  };
  return parseTrainingLog((await readFileOf(path, about)).toString(), path);
}

/**
 * @param path names the file in errors
 * @throws LpipsError if the file is damaged, or of an older version of this package
 */
function parseTrainingLog(text: string, path: string): TrainingLog {
  const log = parseJson(text);
  if (isTrainingLog(log)) return log;
  const advice = 'Run "bapps train" again.';
  throw invalid('training log', 'a whole one of this version', path, 'a damaged or an older file', advice);
}

/**
 * Mean over the distortions, which all count the same, as in the paper.
 *
 * @throws LpipsError unless they are scores by name
 */
export function meanScore(scores: Readonly<Record<string, number>>): number {
  checkRecord('meanScore', 'scores', scores, []);
  const values = Object.values(scores);
  checkNumbers('meanScore', 'scores', values);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function isTrainingLog(value: unknown): value is TrainingLog {
  if (!isRecord(value)) return false;
  const { tool, mode, net, version, calibration, simulated, seed, triplets, steps, before, epochs } = value;
  const { keptEpoch = 0, test = {}, settings = {} } = value;
  return (
    [tool, version, calibration].every((text) => typeof text === 'string') &&
    MODES.some((known) => known === mode) &&
    NET_NAMES.some((known) => known === net) &&
    typeof simulated === 'boolean' &&
    [seed, triplets, steps, keptEpoch].every((count) => Number.isSafeInteger(count)) &&
    isScores(before) &&
    isScores(test) &&
    isRecord(settings) &&
    Object.values(settings).every((text) => typeof text === 'string') &&
    Array.isArray(epochs) &&
    epochs.every(isEpoch)
  );
}

function isEpoch(value: unknown): value is Epoch {
  if (!isRecord(value)) return false;
  const { epoch, learningRate, loss, trainScore, clamped, heldOut, heldOutLoss = 0 } = value;
  const numbers = [epoch, learningRate, loss, trainScore, clamped, heldOutLoss];
  return numbers.every(Number.isFinite) && isScores(heldOut);
}

function isScores(value: unknown): value is Readonly<Record<string, number>> {
  return isRecord(value) && Object.values(value).every(Number.isFinite);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
