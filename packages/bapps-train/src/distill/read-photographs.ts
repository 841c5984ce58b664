/**
 * @module
 * Reads a folder of photographs. All crops are cut from the decoded photographs.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { checkNumber, invalid } from 'lpips-core';
import { listImages, readImage } from 'lpips-node';
import { type RgbPixels, SIDE } from 'lpips-pictures';
import { inspectPhotograph } from '../synthesize/inspect-photograph.js';
import { float32At } from '../typed-reads.js';

/** The photographs of a folder, in the order of their names. */
export interface PhotographFolder {
  readonly photographs: readonly RgbPixels[];
  /** sha256 over the digests of all files. */
  readonly digest: string;
}

/**
 * Reads every photograph of a folder, but none of its subfolders.
 *
 * @param side of the crops, in pixels
 * @throws LpipsError if there are none, or naming one that is damaged or smaller than a crop
 */
export async function readPhotographs(folder: string, side: number = SIDE): Promise<PhotographFolder> {
  checkNumber('readPhotographs', 'side', side, { least: 1, isWhole: true });
  const names = (await listImages(folder)).sort(); // by code units, the same on every machine
  if (names.length === 0) {
    throw invalid('distill', 'photographs', folder, 'none', 'Name a folder of images.');
  }
  const hash = createHash('sha256');
  const photographs: RgbPixels[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const { width, height, sha256 } = await inspectPhotograph(path, side, 'distill');
    hash.update(sha256, 'hex');
    photographs.push({ width, height, data: await decode(path) });
  }
  return { photographs, digest: hash.digest('hex') };
}

async function decode(path: string): Promise<Uint8Array> {
  const tensor = await readImage(path);
  const values = await tensor.data<'float32'>().finally(() => tensor.dispose());
  const valueAt = float32At;
  const bytes = new Uint8Array(values.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Math.round((valueAt(values, at) + 1) * 127.5);
  return bytes;
}
