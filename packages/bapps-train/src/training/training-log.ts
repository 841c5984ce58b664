/**
 * @module
 * The curves of a training run, in `training.json` next to its weights. `bapps report` draws them.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid, NET_NAMES, type NetName } from 'lpips-core';
import { writeAtomically } from 'lpips-node/files';
import { parseJson } from '../files/parse-json.js';

const FILE = 'training.json';

/** One epoch. */
export interface Epoch {
  /** From 1. */
  readonly epoch: number;
  readonly learningRate: number;
  /** Mean of the ranking loss over the steps. */
  readonly loss: number;
  /** 2AFC score on the training batches, under dropout. */
  readonly trainScore: number;
  /** Number of head weights that were set to 0, over all steps. */
  readonly clamped: number;
  /** 2AFC score on held-out triplets after the epoch, by distortion; empty if there are none. */
  readonly heldOut: Readonly<Record<string, number>>;
}

/** The settings of a run, and its curves. */
export interface TrainingLog {
  readonly tool: string;
  readonly mode: 'linear' | 'tune' | 'scratch';
  readonly net: NetName;
  readonly version: string;
  readonly seed: number;
  readonly triplets: number;
  readonly steps: number;
  /** Held-out score by distortion before the first step. */
  readonly before: Readonly<Record<string, number>>;
  readonly epochs: readonly Epoch[];
}

/** Writes the curves into the folder of a run. */
export async function writeTrainingLog(folder: string, log: TrainingLog): Promise<void> {
  await writeAtomically(join(folder, FILE), `${JSON.stringify(log, null, 2)}\n`);
}

/**
 * Reads the curves of a run.
 *
 * @throws LpipsError if the folder has none, or a damaged file
 */
export async function readTrainingLog(folder: string): Promise<TrainingLog> {
  const path = join(folder, FILE);
  const refuse = (got: string) =>
    invalid('training log', `a folder with ${FILE}`, path, got, 'Run "bapps train" first.');
  const text = await readFile(path, 'utf8').catch(() => {
    throw refuse('no such file');
  });
  const log = parseJson(text);
  if (!isTrainingLog(log)) throw refuse('a damaged file');
  return log;
}

/** Mean over the distortions, which all count the same, as in the paper. */
export function meanScore(scores: Readonly<Record<string, number>>): number {
  const values = Object.values(scores);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function isTrainingLog(value: unknown): value is TrainingLog {
  if (typeof value !== 'object' || value === null) return false;
  const { net, before, epochs } = value as Partial<Record<keyof TrainingLog, unknown>>;
  return (
    NET_NAMES.some((known) => known === net) &&
    typeof before === 'object' &&
    before !== null &&
    Array.isArray(epochs)
  );
}
