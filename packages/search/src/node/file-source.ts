/**
 * @module
 * Index files as sources of bytes.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cannot, checkText } from 'lpips-core';
import type { ByteSource } from '../byte-source.js';
import { INDEX_MAGIC } from '../index-header.js';
import { openIndex } from '../open-index.js';
import type { SearchIndex } from '../search-index.js';

/** An index and the file that it is read from. */
export interface OpenIndexFile {
  readonly index: SearchIndex;
  readonly close: () => Promise<void>;
}

/**
 * Opens an index file.
 *
 * @returns the index; close it when done
 * @throws LpipsError where it cannot be read, is no index, or damaged
 */
export async function openIndexFile(path: string): Promise<OpenIndexFile> {
  const where = 'openIndexFile';
  checkText(where, 'path', path);
  const file = await openFile(where, path, 'r');
  try {
    const index = await openIndex(await fileSource(where, path, file), { name: path });
    return { index, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Whether there is a file that begins as an index does. */
export async function isIndexFile(path: string): Promise<boolean> {
  checkText('isIndexFile', 'path', path);
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(
      new Uint8Array(INDEX_MAGIC.length),
      0,
      INDEX_MAGIC.length,
      0,
    );
    return new TextDecoder().decode(buffer.subarray(0, bytesRead)) === INDEX_MAGIC;
  } catch {
    return false; // a folder
  } finally {
    await file.close();
  }
}

/** Opens a file. @throws LpipsError where that is not possible */
export async function openFile(where: string, path: string, flags: 'r' | 'r+'): Promise<FileHandle> {
  try {
    return await open(path, flags);
  } catch (error) {
    throw fileFault(where, path, error, flags === 'r' ? 'read' : 'write');
  }
}

/** Faults of a disk, as they end a sentence. */
const FAULTS: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the quota is exhausted'],
  ['EROFS', 'the file system is read-only'],
  ['EACCES', 'there is no permission'],
  ['EPERM', 'there is no permission'],
  ['EIO', 'the disk reports a fault'],
]);

/** A fault of the system in words. */
export function fileFault(where: string, path: string, error: unknown, what: 'read' | 'write'): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === undefined) return error;
  if (code === 'ENOENT' && what === 'write') {
    return cannot(where, `write ${path}`, `there is no folder ${dirname(path)}`, 'Create it first.');
  }
  if (code === 'ENOENT') {
    return cannot(where, `read ${path}`, 'there is no such file', 'lpips index makes one.');
  }
  if (code === 'EISDIR') return cannot(where, `read ${path}`, 'it is a folder', 'Name a file.');
  const advice = what === 'read' ? '' : code === 'ENOSPC' ? 'Free some space.' : 'Choose another folder.';
  return cannot(where, `${what} ${path}`, FAULTS.get(code) ?? `the system reports ${code}`, advice);
}

/** The bytes of an open file. */
export async function fileSource(where: string, path: string, file: FileHandle): Promise<ByteSource> {
  const { size } = await file.stat();
  return {
    size,
    read: async (offset, into) => {
      try {
        let done = 0;
        while (done < into.length) {
          const { bytesRead } = await file.read(into, done, into.length - done, offset + done);
          if (bytesRead === 0) throw cannot(where, `read ${path}`, 'it has become shorter');
          done += bytesRead;
        }
      } catch (error) {
        throw fileFault(where, path, error, 'read');
      }
    },
  };
}
