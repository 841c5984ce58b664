/**
 * @module
 * A folder of photographs, decoded once: what all crops are cut from.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid } from 'lpips-core';
import { inspectImage, readImage } from 'lpips-node';
import { listImages } from 'lpips-node/command';
import { type Photograph, SIDE } from '../pictures/random-crop.js';

/** The photographs of a folder, in the order of their names. */
export interface PhotographFolder {
  readonly photographs: readonly Photograph[];
  /** sha256 over those of all files. */
  readonly digest: string;
}

/**
 * Reads every photograph of a folder; its subfolders are left alone.
 *
 * @throws LpipsError for a folder without photographs, and for one that is damaged or smaller than a crop
 */
export async function readPhotographs(folder: string): Promise<PhotographFolder> {
  const names = (await listImages(folder)).sort(); // by code units, the same on every machine
  if (names.length === 0) {
    throw invalid('distill', 'photographs', folder, 'none', 'Name a folder of images.');
  }
  const hash = createHash('sha256');
  const photographs: Photograph[] = [];
  for (const name of names) {
    const path = join(folder, name);
    hash.update(
      createHash('sha256')
        .update(await readFile(path))
        .digest(),
    );
    photographs.push(await decode(path));
  }
  return { photographs, digest: hash.digest('hex') };
}

async function decode(path: string): Promise<Photograph> {
  const { width, height } = await inspectImage(path);
  if (Math.min(width, height) < SIDE) {
    const requirement = `at least ${SIDE}x${SIDE} pixels`;
    throw invalid('distill', requirement, path, `${width}x${height}`, 'Leave it out.');
  }
  const tensor = await readImage(path);
  const values = await tensor.data();
  tensor.dispose();
  return { width, height, data: Uint8Array.from(values, (value) => Math.round((value + 1) * 127.5)) };
}
