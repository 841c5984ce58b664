/**
 * @module
 * A training on disk: one safetensors file with the weights and the moments of Adam. Its metadata hold what the run was
 * asked to do and where it stands.
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
 * @param run what the training was asked to do; only a run that is asked the same goes on from the checkpoint
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
 * @param program name of the program, for errors
 * @returns undefined where there is no checkpoint
 * @throws LpipsError where it is damaged, or of a training that was asked something else
 */
export async function readCheckpoint<Standing extends object>(
  program: string,
  path: string,
  run: string,
): Promise<Checkpoint<Standing> | undefined> {
  if ((await stat(path).catch(() => undefined)) === undefined) return undefined;
  const { weights, metadata } = await readWeights(path); // checks the digest
  const { run: found = 'another run', standing = '' } = metadata;
  if (found !== run) {
    const advice = 'Leave out --resume to begin anew, or name another --out.';
    throw invalid(program, `a checkpoint of ${run}`, path, `one of ${found}`, advice);
  }
  return { state: weights, standing: JSON.parse(standing) as Standing };
}
