/**
 * @module
 * The bytes of an image, from a path or as they are, with every way a file can refuse told in one sentence.
 */
import { readFile, stat } from 'node:fs/promises';
import { invalid } from 'lpips-core';

/** Path of an image file, or its encoded bytes. */
export type ImageSource = string | Buffer;

/** What messages call an image: its path, or "the buffer". */
export function sourceName(source: ImageSource): string {
  return typeof source === 'string' ? source : 'the buffer';
}

/**
 * @param name what messages call the image
 * @returns the encoded bytes of an image
 * @throws LpipsError where there is no file, or it may not be read, or it is a folder or empty
 */
export async function readSource(source: ImageSource, name: string = sourceName(source)): Promise<Buffer> {
  if (typeof source !== 'string' && !Buffer.isBuffer(source)) {
    const got = typeof source === 'object' ? 'an object' : String(source);
    throw invalid('readImage', 'a path or a Buffer', 'source', got);
  }
  const bytes = typeof source === 'string' ? await readBytes(source, name) : source;
  if (bytes.length === 0) throw refused(name, 'an empty file');
  return bytes;
}

async function readBytes(path: string, name: string): Promise<Buffer> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) throw refused(name, 'a folder', 'Name a file in it.');
    if (!stats.isFile()) throw refused(name, 'a pipe or a device', 'Write the image to a file first.');
    return await readFile(path);
  } catch (error) {
    throw fileError(name, error);
  }
}

function fileError(name: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
    return refused(name, 'no such file', 'Check the path.');
  }
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return refused(name, 'a file that may not be read', 'Check its permissions.');
  }
  return refused(name, `a file that cannot be read (${String(error.code)})`);
}

function refused(name: string, got: string, advice = ''): Error {
  return invalid('readImage', 'an image file', name, got, advice);
}
