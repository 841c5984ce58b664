/**
 * @module
 * The failures of the last runs below a folder, as their matchers have left them beside their pictures.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { LpipsError } from 'lpips-core';
import {
  type FailureRecord,
  PICTURE_KINDS,
  type PictureKind,
  parseRecord,
  RECORD_SUFFIX,
} from '../failures/failure-record.js';

/** A failure, and where its files are. Paths are absolute unless they say otherwise. */
export interface FoundFailure {
  /** Eight hexadecimal digits, the same as long as the record has its place. */
  readonly id: string;
  readonly record: FailureRecord;
  readonly recordPath: string;
  /** Path of the test file, seen from the project. */
  readonly testFile: string;
  /** What people call it: the snapshot, or the test. */
  readonly name: string;
  readonly pictures: Readonly<Partial<Record<PictureKind, string>>>;
  readonly snapshotPath?: string;
}

/** What is below a folder. */
export interface FoundFailures {
  /** Those that could not be compared first, then by distance, the largest first. */
  readonly failures: readonly FoundFailure[];
  /** Why other records are left out, a sentence each. */
  readonly leftOut: readonly string[];
}

/** Folders in which no test leaves its pictures. */
const SKIPPED = ['node_modules', '.git'];
const ID_LENGTH = 8;

/** @param project folder of the project; links in it are not followed */
export async function findFailures(project: string): Promise<FoundFailures> {
  const root = resolve(project);
  const failures: FoundFailure[] = [];
  const leftOut: string[] = [];
  for (const recordPath of await recordsBelow(root)) {
    const name = relative(root, recordPath);
    try {
      const failure = located(root, recordPath, parseRecord(await readFile(recordPath, 'utf8'), name));
      if (existsSync(join(root, failure.testFile))) failures.push(failure);
      else leftOut.push(`${name} is of a test file that is gone: ${failure.testFile}.`);
    } catch (error) {
      if (!(error instanceof LpipsError)) throw error;
      leftOut.push(error.message);
    }
  }
  return { failures: failures.sort((one, other) => distanceOf(other) - distanceOf(one)), leftOut };
}

/** The distance of the images, and infinity where they could not be compared. */
export function distanceOf({ record }: FoundFailure): number {
  return record.numbers?.['distance']?.value ?? Number.POSITIVE_INFINITY;
}

function located(root: string, recordPath: string, record: FailureRecord): FoundFailure {
  const folder = dirname(recordPath);
  const pictures = PICTURE_KINDS.flatMap((kind) => {
    const name = record.pictures[kind];
    return name === undefined ? [] : [[kind, join(folder, name)]];
  });
  const id = createHash('sha256').update(relative(root, recordPath).replaceAll(sep, '/')).digest('hex');
  const { snapshot, test } = record;
  return {
    id: id.slice(0, ID_LENGTH),
    record,
    recordPath,
    testFile: relative(root, resolve(folder, record.testFile)).replaceAll(sep, '/'),
    name: snapshot?.name ?? test,
    pictures: Object.fromEntries(pictures),
    ...(snapshot && { snapshotPath: resolve(folder, snapshot.path) }),
  };
}

async function recordsBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        // What the user may not read is left alone.
        return SKIPPED.includes(entry.name) ? [] : await recordsBelow(path).catch(() => []);
      }
      return entry.isFile() && basename(path).endsWith(RECORD_SUFFIX) ? [path] : [];
    }),
  );
  return found.flat().sort();
}
