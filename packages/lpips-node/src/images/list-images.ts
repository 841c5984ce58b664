/**
 * @module
 * The images of a folder, in the order in which people number them.
 */
import { readdir } from 'node:fs/promises';
import { extname } from 'node:path';
import { invalid } from 'lpips-core';

const EXTENSIONS: ReadonlySet<string> = new Set(
  ['png', 'jpg', 'jpeg', 'jpe', 'jfif', 'webp', 'avif', 'tif', 'tiff', 'gif'].map((name) => `.${name}`),
);

const byName = new Intl.Collator('en', { numeric: true });

/**
 * @returns file names in `folder` with an image's extension, hidden ones left out, in natural order; folders inside
 *   are not entered
 * @throws LpipsError where it is no folder that can be read
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
    throw invalid('lpips', 'a folder of images', folder, reason(error), 'Check the path.');
  }
}

/** Natural order: `frame9.png` before `frame10.png`. */
function compareNames(a: string, b: string): number {
  return byName.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return 'no such folder';
  if (code === 'ENOTDIR') return 'a file';
  if (code === 'EACCES' || code === 'EPERM') return 'a folder that may not be read';
  return `a folder that cannot be read (${code})`;
}
