/**
 * @module
 * A training on disk: one safetensors file for each loss, with the weights, Adam's moments, and the curves so far.
 */
import { stat } from 'node:fs/promises';
import { invalid, type WeightMap } from 'lpips-core';
import { readWeights, serializeWeights } from 'lpips-node';
import { writeAtomically } from 'lpips-node/command';

/** A point of the curves. */
export interface Point {
  readonly step: number;
  /** mean over the steps since the last point */
  readonly loss: number;
  /** means over held-out patches */
  readonly lpips: number;
  readonly psnr: number;
}

/** Where a training stands. */
export interface Checkpoint {
  readonly step: number;
  readonly state: WeightMap;
  readonly curve: readonly Point[];
  /** of training alone, over all steps so far */
  readonly seconds: number;
}

/**
 * @param run what the training was asked to do, in words; only one that is asked the same goes on from it
 * @throws LpipsError where it cannot be written
 */
export async function writeCheckpoint(
  path: string,
  run: string,
  { state, ...standing }: Checkpoint,
): Promise<void> {
  await writeAtomically(path, serializeWeights(state, { run, standing: JSON.stringify(standing) }));
}

/**
 * @returns undefined where there is none
 * @throws LpipsError where it is damaged, or of a training that was asked something else
 */
export async function readCheckpoint(path: string, run: string): Promise<Checkpoint | undefined> {
  if ((await stat(path).catch(() => undefined)) === undefined) return undefined;
  const { weights, metadata } = await readWeights(path); // against its digest
  const { run: found = 'another run', standing = '' } = metadata;
  if (found !== run) {
    const advice = 'Leave out --resume to begin anew, or name another --out.';
    throw invalid('autoencoder', `a checkpoint of ${run}`, path, `one of ${found}`, advice);
  }
  return { ...(JSON.parse(standing) as Omit<Checkpoint, 'state'>), state: weights };
}
