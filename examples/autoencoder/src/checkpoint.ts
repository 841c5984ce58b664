/**
 * @module
 * A training on disk: one safetensors file with weights and Adam's moments, and in its metadata what the run was asked and
 * where it stands.
 */
import { stat } from 'node:fs/promises';
import { invalid, type WeightMap } from 'lpips-core';
import { readWeights, serializeWeights } from 'lpips-node';
import { writeAtomically } from 'lpips-node/files';

/** What is learned so far, and where the training stands, as JSON can hold it. */
export interface Checkpoint<Standing extends object> {
  readonly state: WeightMap;
  readonly standing: Standing;
}

/**
 * @param run what the training was asked to do, in words; only one that is asked the same goes on from it
 * @throws LpipsError where it cannot be written
 */
export async function writeCheckpoint<Standing extends object>(
  path: string,
  run: string,
  { state, standing }: Checkpoint<Standing>,
): Promise<void> {
  await writeAtomically(path, serializeWeights(state, { run, standing: JSON.stringify(standing) }));
}

/**
 * @param program whose checkpoint it is, for errors
 * @returns undefined where there is none
 * @throws LpipsError where it is damaged, or of a training that was asked something else
 */
export async function readCheckpoint<Standing extends object>(
  program: string,
  path: string,
  run: string,
): Promise<Checkpoint<Standing> | undefined> {
  if ((await stat(path).catch(() => undefined)) === undefined) return undefined;
  const { weights, metadata } = await readWeights(path); // against its digest
  const { run: found = 'another run', standing = '' } = metadata;
  if (found !== run) {
    const advice = 'Leave out --resume to begin anew, or name another --out.';
    throw invalid(program, `a checkpoint of ${run}`, path, `one of ${found}`, advice);
  }
  return { state: weights, standing: JSON.parse(standing) as Standing };
}
