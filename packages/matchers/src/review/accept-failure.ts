/**
 * @module
 * Makes the image of a failure the new snapshot. A record may come from elsewhere, so nothing is written but a PNG file
 * inside the project, and nothing is read but a PNG file beside the record.
 */
import { lstat, mkdir, readFile, realpath } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { cannot } from 'lpips-core';
import { writeAtomically } from 'lpips-node/files';
import sharp from 'sharp';
import { removeFailure, stemOf } from '../failures/failure-files.js';
import type { FoundFailure } from './find-failures.js';

const WHERE = 'review';

/** Whether a failure has an image that could become its snapshot. */
export function isAcceptable({ snapshotPath, pictures }: FoundFailure): boolean {
  return snapshotPath !== undefined && pictures.actual !== undefined;
}

/**
 * Writes the snapshot and removes the files of the failure.
 *
 * @param project folder outside of which nothing is written
 * @returns path of the snapshot, seen from the project
 * @throws LpipsError where the test names its reference itself, the image is no PNG file, or the snapshot lies outside
 */
export async function acceptFailure(project: string, failure: FoundFailure): Promise<string> {
  const { name, snapshotPath, pictures, recordPath } = failure;
  const what = `accept ${name}`;
  if (snapshotPath === undefined) {
    const advice = 'Replace the reference by hand.';
    throw cannot(WHERE, what, 'its test compares with a reference of its own, not with a snapshot', advice);
  }
  if (pictures.actual === undefined)
    throw cannot(WHERE, what, 'its image was not kept', 'Run the test again.');
  const png = await readPng(what, pictures.actual);
  await checkInside(what, project, snapshotPath);
  await mkdir(dirname(snapshotPath), { recursive: true });
  await writeAtomically(snapshotPath, png);
  await removeFailure(stemOf(recordPath));
  return relative(resolve(project), snapshotPath).replaceAll(sep, '/');
}

/**
 * Reads a picture of a failure.
 *
 * @throws LpipsError unless it is a PNG file, and no link to one
 */
export async function readPng(what: string, path: string): Promise<Buffer> {
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isFile()) throw cannot(WHERE, what, `${path} is no file`, 'Run the test again.');
  const bytes = await readFile(path);
  const format = await sharp(bytes)
    .metadata()
    .then(
      (metadata) => metadata.format,
      () => undefined,
    );
  if (format !== 'png') throw cannot(WHERE, what, `${path} is no PNG file`, 'Run the test again.');
  return bytes;
}

/** @throws LpipsError where a path leads out of the project, by its name or by links, or is no file */
async function checkInside(what: string, project: string, path: string): Promise<void> {
  const root = await realpath(project);
  const advice = 'Nothing is written there.';
  const outside = cannot(WHERE, what, `its snapshot ${path} lies outside of ${root}`, advice);
  const found = await lstat(path).catch(() => undefined);
  if (found && !found.isFile()) throw cannot(WHERE, what, `its snapshot ${path} is no file`, advice);
  let folder = dirname(path);
  let real = await realpath(folder).catch(() => undefined);
  while (real === undefined) {
    if (dirname(folder) === folder) throw outside;
    folder = dirname(folder);
    real = await realpath(folder).catch(() => undefined);
  }
  if (real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep)) throw outside;
}
