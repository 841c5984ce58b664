/**
 * @module
 * Where a failed comparison leaves its files: pictures, and the record that names them.
 */
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { writeAtomically } from 'lpips-node/files';
import {
  PICTURE_KINDS,
  type PictureKind,
  RECORD_SUFFIX,
  type RecordedNumber,
  serializeRecord,
} from './failure-record.js';

/** PNG files by what they show. */
export type FailurePictures = Readonly<Partial<Record<PictureKind, Uint8Array>>>;
/** Their paths. */
export type PicturePaths = Readonly<Partial<Record<PictureKind, string>>>;

/** What went wrong. */
export interface FailureReason {
  /** A sentence. */
  readonly reason: string;
  readonly numbers?: Readonly<Record<string, RecordedNumber>>;
}

/** Where the files of a failure go. */
export interface FailureFiles {
  /**
   * Keeps the pictures of a failure, in place of older ones.
   *
   * @returns their paths
   */
  keep(pictures: FailurePictures, reason: FailureReason): Promise<PicturePaths>;
  /** Removes what an earlier run left. */
  clear(): Promise<void>;
}

/** Whose failure it is. Paths are absolute. */
export interface FailureOwner {
  readonly runner: string;
  readonly test: string;
  readonly testFile: string;
  readonly snapshot?: { readonly name: string; readonly path: string };
}

/**
 * Files that all begin with the same path.
 *
 * @param stem the path that they begin with, such as `…/home`
 */
export function failureFiles(stem: string, owner: FailureOwner): FailureFiles {
  const folder = dirname(stem);
  const pathOf = (kind: PictureKind) => `${stem}-${kind}.png`;
  const near = (path: string) => relative(folder, path).replaceAll(sep, '/');
  const clear = () => removeFailure(stem);
  return {
    clear,
    keep: async (pictures, reason) => {
      await clear();
      await mkdir(folder, { recursive: true });
      const paths: Partial<Record<PictureKind, string>> = {};
      const names: Partial<Record<PictureKind, string>> = {};
      for (const kind of PICTURE_KINDS) {
        const png = pictures[kind];
        if (!png) continue;
        paths[kind] = pathOf(kind);
        names[kind] = basename(pathOf(kind));
        await writeAtomically(pathOf(kind), png);
      }
      const { runner, test, testFile, snapshot } = owner;
      const record = serializeRecord({
        runner,
        test,
        testFile: near(testFile),
        ...reason,
        ...(snapshot && { snapshot: { name: snapshot.name, path: near(snapshot.path) } }),
        pictures: names,
      });
      await writeAtomically(stem + RECORD_SUFFIX, record);
      return paths;
    },
  };
}

/** Removes the files of a failure, by the path that they begin with. */
export async function removeFailure(stem: string): Promise<void> {
  const files = [...PICTURE_KINDS.map((kind) => `${stem}-${kind}.png`), stem + RECORD_SUFFIX];
  await Promise.all(files.map((file) => rm(file, { force: true })));
}

/** The path that the files of a failure begin with, by that of its record. */
export function stemOf(record: string): string {
  return join(dirname(record), basename(record, RECORD_SUFFIX));
}
