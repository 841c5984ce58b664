/**
 * @module
 * The images of a folder in natural order, in which 9 comes before 10.
 */
import { readdir } from 'node:fs/promises';
import { extname } from 'node:path';
import { cannot, invalid } from 'lpips-core';
import { codeOf } from '../errors/foreign-error.js';

const EXTENSIONS: ReadonlySet<string> = new Set(
  [
    'png',
    'jpg',
    'jpeg',
    'jpe',
    'jfif',
    'webp',
    'avif',
    'tif',
    'tiff',
    'gif',
    'bmp',
    'ppm',
    'pgm',
    'pbm',
    'pnm',
  ].map((name) => `.${name}`),
);

const byName = new Intl.Collator('en', { numeric: true });

/**
 * @returns the names of the files in `folder` that have an image's extension and are not hidden, in natural order. Folders
 *   inside it are not entered.
 * @throws LpipsError where it is no folder, or cannot be read
 */
export async function listImages(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .filter((name) => EXTENSIONS.has(extname(name).toLowerCase()))
      .sort(compareNames);
  } catch (error) {
    throw refusal(folder, codeOf(error) ?? 'an unknown error');
  }
}

/** Natural order: `frame9.png` before `frame10.png`. */
function compareNames(a: string, b: string): number {
  return byName.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

function refusal(folder: string, code: string): Error {
  const [where, what] = ['listImages', `read ${folder}`];
  if (code === 'ENOTDIR') {
    return invalid(where, 'a folder of images', folder, 'a file', 'Check the path.');
  }
  if (code === 'ENOENT') return cannot(where, what, 'there is no such folder', 'Check the path.');
  if (code === 'EACCES' || code === 'EPERM') {
    return cannot(where, what, 'there is no permission', 'Check its permissions.');
  }
  return cannot(where, what, `the system reports ${code}`);
}
