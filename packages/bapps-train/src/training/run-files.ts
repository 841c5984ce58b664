/**
 * @module
 * Names of the files in the folder of a run.
 */

/** Weights of heads. */
export const HEADS_FILES = { safetensors: 'heads.safetensors', pytorch: 'heads.pth' } as const;
/** Weights of a network. There is none for Python with `lite`, which it lacks. */
export const NETWORK_FILES = { safetensors: 'network.safetensors', pytorch: 'network.pth' } as const;
/** The progress of a run, and how it stood before. */
export const CHECKPOINT_FILES = {
  current: 'checkpoint.safetensors',
  previous: 'checkpoint-previous.safetensors',
} as const;
/** What a run did, and its epochs as a table. */
export const LOG_FILES = { log: 'training.json', table: 'training.csv' } as const;

/** Those that are written under their own names: a run that was killed may have left a half-written one. */
export const WRITTEN_FILES: readonly string[] = [
  CHECKPOINT_FILES.current,
  ...Object.values(HEADS_FILES),
  ...Object.values(NETWORK_FILES),
  ...Object.values(LOG_FILES),
];
