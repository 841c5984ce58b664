/**
 * @module
 * A folder of photographs, decoded once: what all crops are cut from.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { invalid } from 'lpips-core';
import sharp from 'sharp';
import { type Photograph, SIDE } from './triplets.js';

const EXTENSIONS = ['.jpg', '.jpeg', '.png', '.webp', '.avif', '.tif', '.tiff'];

/** The photographs of a folder, in the order of their names. */
export interface PhotographFolder {
  readonly photographs: readonly Photograph[];
  /** sha256 of all files, names aside. */
  readonly digest: string;
}

/**
 * Reads every photograph of a folder (its subfolders are left alone).
 *
 * @throws LpipsError for a folder without photographs, and for one that is damaged or smaller than a crop
 */
export async function readPhotographs(folder: string): Promise<PhotographFolder> {
  const entries = await readdir(folder).catch((error: unknown) => {
    const reason = error instanceof Error && 'code' in error ? `the error ${String(error.code)}` : 'an error';
    throw invalid('photographs', 'a folder that can be read', folder, reason);
  });
  const names = entries.filter((name) => EXTENSIONS.includes(extname(name).toLowerCase())).sort();
  if (names.length === 0) {
    throw invalid('photographs', `files ending in ${EXTENSIONS.join(', ')}`, folder, 'none', 'Name a folder of photographs.');
  }
  const hash = createHash('sha256');
  const photographs: Photograph[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const file = await readFile(path);
    hash.update(createHash('sha256').update(file).digest());
    photographs.push(await decode(path, file));
  }
  return { photographs, digest: hash.digest('hex') };
}

async function decode(path: string, file: Buffer): Promise<Photograph> {
  const { data, info } = await sharp(file)
    .rotate()
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
      throw invalid('photographs', 'an image that can be decoded', path, reason, 'Leave it out, or mend it.');
    });
  if (Math.min(info.width, info.height) < SIDE) {
    const size = `${info.width}x${info.height}`;
    throw invalid('photographs', `at least ${SIDE}x${SIDE} pixels`, path, size, 'Leave it out.');
  }
  return { width: info.width, height: info.height, data: toRgb(data, info.channels) };
}

function toRgb(data: Buffer, channels: number): Uint8Array {
  if (channels === 3) return data;
  return Uint8Array.from({ length: (data.length / channels) * 3 }, (_, at) => data[Math.floor(at / 3)] ?? 0);
}
