/**
 * @module
 * The published archives of BAPPS (richzhang/PerceptualSimilarity, scripts/download_dataset.sh): their addresses, and
 * where their content goes. Their publishers state no digests.
 */
import { join } from 'node:path';
import { invalid } from 'lpips-core';
import type { Split, Task } from './layout.js';

/** Names of the archives. */
export const ARCHIVE_NAMES = ['jnd', 'val', 'train'] as const;

export type ArchiveName = (typeof ARCHIVE_NAMES)[number];

/** One archive. */
export interface Archive {
  readonly name: ArchiveName;
  readonly file: string;
  /** The folder in the archive that holds everything. */
  readonly root: string;
  /** The folder of the data set that it becomes. */
  readonly target: string;
  readonly task: Task;
  readonly split: Split;
  /** Approximate size, as its publishers state it. */
  readonly bytes: number;
}

/** Where they are published. */
export const PUBLISHED_AT = 'https://perceptual-similarity.s3.us-west-2.amazonaws.com/dataset';

export const ARCHIVES: Readonly<Record<ArchiveName, Archive>> = {
  jnd: archive('jnd', 'jnd.tar.gz', 'jnd', 'jnd', 'val', 0.2e9),
  val: archive('val', 'twoafc_val.tar.gz', join('2afc', 'val'), '2afc', 'val', 1.1e9),
  train: archive('train', 'twoafc_train.tar.gz', join('2afc', 'train'), '2afc', 'train', 5.3e9),
};

/**
 * Address of an archive at its publishers or on a mirror (`MIRROR/twoafc_val.tar.gz`).
 *
 * @param mirror default: the environment's `BAPPS_MIRROR`
 * @throws LpipsError if the mirror is not a web address
 */
export function archiveAddress({ file }: Archive, mirror = process.env['BAPPS_MIRROR']): string {
  const base = mirror ? mirror : PUBLISHED_AT;
  if (!URL.canParse(base) || !/^https?:$/.test(new URL(base).protocol)) {
    const advice = 'An archive on this disk goes into the folder of the data set under its own name.';
    throw invalid('download', 'an http or https address', 'the mirror', `"${base}"`, advice);
  }
  return `${base.replace(/\/+$/, '')}/${file}`;
}

function archive(
  name: ArchiveName,
  file: string,
  target: string,
  task: Task,
  split: Split,
  bytes: number,
): Archive {
  return { name, file, root: name, target, task, split, bytes };
}
