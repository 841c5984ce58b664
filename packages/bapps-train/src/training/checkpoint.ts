/**
 * @module
 * Checkpoints of a training run: every weight and moment, the step, and the curves so far, in a sealed file. Seed and
 * step are the whole random state. The last checkpoint and the one before it are kept.
 */
import { join } from 'node:path';
import { invalid, parseSafetensors, type WeightMap } from 'lpips-core';
import { replaceFile, writeAtomically } from 'lpips-node/files';
import { serializeSealed } from 'lpips-node/shards';
import { exists } from '../files/exists.js';
import { readSealed } from '../files/read-sealed.js';
import { CHECKPOINT_FILES } from './run-files.js';
import type { Epoch } from './training-log.js';

/** The progress of a run. */
interface Standing {
  /** Steps taken. */
  readonly step: number;
  /** Finished epochs. */
  readonly epochs: readonly Epoch[];
  /** Sums over the steps of the unfinished epoch. */
  readonly running: { readonly loss: number; readonly agreement: number; readonly clamped: number };
}

/** Everything that a checkpoint holds. */
export interface Checkpoint extends Standing {
  readonly state: WeightMap;
  /** Weights of the best epoch so far, of a run that keeps those. */
  readonly best?: WeightMap;
}

/** What the names of these begin with. */
const BEST = 'best/';

/**
 * Writes a checkpoint and keeps the last one beside it.
 *
 * @param run what the run was asked to do, in words; only a run that is asked to do the same goes on from it
 * @throws LpipsError if it cannot be written
 */
export async function writeCheckpoint(
  folder: string,
  run: string,
  { state, best, ...standing }: Checkpoint,
): Promise<void> {
  const path = join(folder, CHECKPOINT_FILES.current);
  const ofBest = [...(best ?? [])].map(([name, weight]) => [BEST + name, weight] as const);
  const bytes = serializeSealed(new Map([...state, ...ofBest]), { run, standing: JSON.stringify(standing) });
  if (await exists(path)) await replaceFile(path, join(folder, CHECKPOINT_FILES.previous));
  await writeAtomically(path, bytes);
}

/**
 * The last checkpoint of a run, or the one before it if a kill came between renaming and writing.
 *
 * @returns undefined if there is none
 * @throws LpipsError if it is damaged, or belongs to a run that was asked to do something else
 */
export async function readCheckpoint(folder: string, run: string): Promise<Checkpoint | undefined> {
  const found: string[] = [];
  for (const name of Object.values(CHECKPOINT_FILES))
    if (await exists(join(folder, name))) found.push(join(folder, name));
  const [path, before] = found;
  if (path === undefined) return undefined;
  const advice =
    before === undefined
      ? 'Delete it to begin anew.'
      : 'Delete it to go on from the one before it, which was kept.';
  const bytes = await readSealed(path, 'checkpoint', advice);
  const { weights, metadata } = parseSafetensors(bytes, { source: path });
  if (metadata['run'] !== run) {
    const got = `one of ${metadata['run'] ?? 'another run'}`;
    const other = 'Choose another --out, or delete the checkpoints to begin anew.';
    throw invalid('train', `a checkpoint of ${run}`, path, got, other);
  }
  const standing = JSON.parse(metadata['standing'] ?? '') as Standing; // sealed: as it was written
  const isOfBest = ([name]: readonly [string, unknown]) => name.startsWith(BEST);
  const state = new Map([...weights].filter((entry) => !isOfBest(entry)));
  const best = new Map(
    [...weights].filter(isOfBest).map(([name, weight]) => [name.slice(BEST.length), weight]),
  );
  return { ...standing, state, ...(best.size > 0 && { best }) };
}
