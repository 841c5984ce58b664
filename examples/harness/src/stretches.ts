/**
 * @module
 * A training in equal stretches, with a checkpoint after each. A stretch begins from a checkpoint alone, so a run
 * that was stopped and resumed is the same to the last bit as one that was not.
 */
import type { WeightMap } from 'lpips-core';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.js';

/** What a training is asked to do, and where its checkpoint lies. */
export interface TrainingPlan {
  /** Name of the program, for errors. */
  readonly program: string;
  /** Path of the checkpoint, a safetensors file. */
  readonly path: string;
  /** All that the result depends on, as JSON can hold it. A checkpoint of anything else is refused. */
  readonly asked: object;
  readonly steps: number;
  /** Steps between two checkpoints. */
  readonly stretch: number;
  /** Whether to go on from the checkpoint, where there is one. */
  readonly resume: boolean;
}

/** Where a training stands. Without state, its models have the weights that they were made with. */
export interface TrainingStart<Standing extends object> {
  readonly state?: WeightMap;
  readonly standing: Standing;
}

/**
 * Where the training begins: at its checkpoint or, without one, at `beginning`.
 *
 * @throws LpipsError where the checkpoint is damaged, or of a training that was asked something else
 */
export async function resumeTraining<Standing extends object>(
  { program, path, asked, resume }: TrainingPlan,
  beginning: Standing,
): Promise<TrainingStart<Standing>> {
  const checkpoint = resume
    ? await readCheckpoint<Standing>(program, path, JSON.stringify(asked))
    : undefined;
  return checkpoint ?? { standing: beginning };
}

/**
 * Trains to the last step and writes a checkpoint after each stretch.
 *
 * @param trainStretch trains from where the training stands up to and including step `last`
 * @throws LpipsError where a checkpoint cannot be written
 */
export async function trainInStretches<Standing extends { readonly step: number }>(
  { path, asked, steps, stretch }: TrainingPlan,
  start: TrainingStart<Standing>,
  trainStretch: (from: TrainingStart<Standing>, last: number) => Promise<Checkpoint<Standing>>,
): Promise<Checkpoint<Standing>> {
  let { state, standing } = start;
  while (state === undefined || standing.step < steps) {
    const last = Math.min(standing.step + stretch, steps);
    ({ state, standing } = await trainStretch({ ...(state && { state }), standing }, last));
    await writeCheckpoint(path, JSON.stringify(asked), { state, standing });
  }
  return { state, standing };
}
