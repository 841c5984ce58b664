/**
 * @module
 * Output files that are either whole or absent: each is written beside its place, then renamed into it.
 */
import { randomBytes } from 'node:crypto';
import { fstatSync, type Stats } from 'node:fs';
import { access, constants, readdir, readlink, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { cannot, checkBytes, checkText, invalid } from 'lpips-core';
import { codeOf } from '../errors/foreign-error.js';
import { translateDiskFault } from './disk-faults.js';
import { replaceFile } from './replace-file.js';

/**
 * Writes a file. It replaces an older file of that name, or the file that a link of that name leads to. After a failure
 * the older file is as it was, and neither half a file nor a temporary one is left.
 *
 * @throws LpipsError where it cannot be written, or is a device or the file of standard output, which a rename would replace
 */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
  checkText('writeAtomically', 'path', path);
  if (typeof content !== 'string') checkBytes('writeAtomically', 'content', content);
  await refuseStreams(path);
  const target = await realpath(path).catch(() => path);
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeFile(temporary, content, { flag: 'wx', flush: true });
    await replaceFile(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw outputError(path, error);
  }
}

/**
 * Deletes what killed writers of a file have left beside it. For a caller that keeps other writers out.
 *
 * @param path of the file itself
 */
export async function removeUnfinished(path: string): Promise<void> {
  checkText('removeUnfinished', 'path', path);
  const [folder, name] = [dirname(path), basename(path)];
  for (const other of await readdir(folder).catch(() => [])) {
    const isUnfinished =
      other.startsWith(`.${name}.`) && /^[0-9a-f]{12}\.tmp$/.test(other.slice(name.length + 2));
    if (isUnfinished) await rm(join(folder, other), { force: true });
  }
}

/**
 * Checks that a file can be written, before the work whose result it will hold.
 *
 * @param inputs files that are read, none of which may be replaced
 * @throws LpipsError where it cannot be written
 */
export async function checkOutput(path: string, inputs: readonly string[] = []): Promise<void> {
  checkText('checkOutput', 'path', path);
  if (path === '') throw refused('""', 'an empty name', 'Name a file.');
  const found = await refuseStreams(path);
  if (found?.isDirectory() === true) throw refused(path, 'a folder', 'Name a file in it.');
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

/** @returns what is known of the file, or undefined where there is none */
async function refuseStreams(path: string): Promise<Stats | undefined> {
  const found = await stat(path).catch(() => undefined);
  const isOther = found !== undefined && !found.isFile() && !found.isDirectory();
  if (isOther || (await leadsToDevice(path))) throw refused(path, 'a device', 'Name a file.');
  if (found?.isFile() === true && isStandardOutput(found)) {
    throw refused(path, 'the file that standard output or error goes to', 'Name another file.');
  }
  return found;
}

/** Links lead from one name to the next no more often than this. */
const MOST_LINKS = 40;

/** Whether a name, or one that its links lead to, is in /dev or /proc: /dev/stdout is a link to an open file. */
async function leadsToDevice(path: string): Promise<boolean> {
  let name = path;
  for (let link = 0; link < MOST_LINKS; link++) {
    const folder = await realpath(dirname(name)).catch(() => resolve(dirname(name)));
    if (/^\/(dev|proc)(\/|$)/.test(folder) && !/^\/dev\/shm(\/|$)/.test(folder)) return true;
    const next = await readlink(name).catch(() => undefined);
    if (next === undefined) return false;
    name = resolve(folder, next);
  }
  return false;
}

function isStandardOutput({ dev, ino }: Stats): boolean {
  return [1, 2].some((descriptor) => {
    try {
      const open = fstatSync(descriptor);
      return open.dev === dev && open.ino === ino;
    } catch {
      return false; // the process was started without it
    }
  });
}

function outputError(path: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  if (code === 'EISDIR') return refused(path, 'a folder', 'Name a file in it.');
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return cannot('output', `write ${path}`, `there is no folder ${dirname(path)}`, 'Create it first.');
  }
  const advice = code === 'ENOSPC' ? 'Free some space, or choose another folder.' : 'Choose another folder.';
  const translated = translateDiskFault('output', path, advice, error);
  return translated === error ? cannot('output', `write ${path}`, `the system reports ${code}`) : translated;
}

function refused(path: string, got: string, advice = ''): Error {
  return invalid('output', 'a file that can be written', path, got, advice);
}
