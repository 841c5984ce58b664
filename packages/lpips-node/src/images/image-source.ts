/**
 * @module
 * The encoded bytes of an image, given by a path or as they are. Whatever keeps a file from being read becomes one
 * sentence.
 */
import { readFile, stat } from 'node:fs/promises';
import { cannot, invalid, kindOf } from 'lpips-core';
import { codeOf } from '../errors/foreign-error.js';

/** Most bytes of a file that Node.js reads at once. */
const MOST_FILE_BYTES = 2 ** 31 - 1;

/** Path of an image file, or its encoded bytes. */
export type ImageSource = string | Buffer;

/** What messages call an image: its path, or "the buffer". */
export function sourceName(source: ImageSource): string {
  if (typeof source !== 'string') return 'the buffer';
  return source === '' ? '""' : source;
}

/**
 * Reads the encoded bytes of an image, with the checks of `readImage`.
 *
 * @param name what messages call the image; default its path, or "the buffer"
 * @throws LpipsError where there is no such file, or it cannot be read, or it is a folder, a pipe, a device, empty or 2 GiB large
 */
export async function readImageBytes(
  source: ImageSource,
  name: string = sourceName(source),
): Promise<Buffer> {
  if (typeof source !== 'string' && !Buffer.isBuffer(source)) {
    throw invalid('readImage', 'a path or a Buffer', 'source', kindOf(source));
  }
  const bytes = typeof source === 'string' ? await readBytes(source, name) : source;
  if (bytes.length === 0) throw refused(name, 'an empty file');
  return bytes;
}

async function readBytes(path: string, name: string): Promise<Buffer> {
  if (path === '') throw refused(name, 'an empty name', 'Name a file.');
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) throw refused(name, 'a folder', 'Name a file in it.');
    if (!stats.isFile()) throw refused(name, 'a pipe or a device', 'Write the image to a file first.');
    if (stats.size > MOST_FILE_BYTES) {
      const got = `one of ${(stats.size / 2 ** 30).toFixed(1)} GiB`;
      throw refused(name, got, 'Store it as a compressed PNG or TIFF.', 'a file of less than 2 GiB');
    }
    return await readFile(path);
  } catch (error) {
    throw fileError(name, error);
  }
}

function fileError(name: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  const [where, what] = ['readImage', `read ${name}`];
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return cannot(where, what, 'there is no such file', 'Check the path.');
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return cannot(where, what, 'there is no permission', 'Check its permissions.');
  }
  return cannot(where, what, `the system reports ${code}`);
}

function refused(name: string, got: string, advice = '', requirement = 'an image file'): Error {
  return invalid('readImage', requirement, name, got, advice);
}
