/**
 * @module
 * Output files that are there whole or not at all: written beside their place, then renamed into it.
 */
import { randomBytes } from 'node:crypto';
import { access, constants, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { invalid } from 'lpips-core';

/**
 * Writes a file, replacing one of that name, or the one that a link of that name leads to. A failure leaves neither
 * half a file nor a temporary one, and an older file as it was.
 *
 * @throws LpipsError where it cannot be written
 */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeFile(temporary, content, { flag: 'wx', flush: true });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw outputError(path, error);
  }
}

/**
 * Told before the work that would fill the file.
 *
 * @param inputs files that are read, none of which may be replaced
 * @throws LpipsError where it cannot be written
 */
export async function checkOutput(path: string, inputs: readonly string[] = []): Promise<void> {
  if (path === '') throw refused('""', 'an empty name', 'Name a file.');
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) throw refused(path, 'a folder', 'Name a file in it.');
  if (found?.isFile() === false) throw refused(path, 'a device', 'Name a file.'); // the rename would replace it
  const target = await realpath(path).catch(() => path);
  for (const input of inputs) {
    if ((await realpath(input).catch(() => input)) !== target) continue;
    throw refused(path, 'a file that is read', 'Name another file.');
  }
  try {
    await access(dirname(target), constants.W_OK);
  } catch (error) {
    throw outputError(path, error);
  }
}

function outputError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return refused(path, `no folder ${dirname(path)}`, 'Create it first.');
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return refused(path, 'a place that may not be written', 'Choose another folder.');
    case 'ENOSPC':
      return refused(path, 'a full disk', 'Make room, or choose another folder.');
    case 'EISDIR':
      return refused(path, 'a folder', 'Name a file in it.');
    default:
      return refused(path, `the error ${String(error.code)}`);
  }
}

function refused(path: string, got: string, advice = ''): Error {
  return invalid('output', 'a file that can be written', path, got, advice);
}
