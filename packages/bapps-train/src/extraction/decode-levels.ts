/**
 * @module
 * Decodes an image file of a data set. What a file is, its first bytes say, not its name. As in the official loader,
 * transparency is dropped, and profiles and EXIF orientation are ignored.
 */
import { extname } from 'node:path';
import { NoRegularFile, readRegularFileSync } from '../files/regular-file.js';
import { decodePng, isPng } from './decode-png.js';
import { checkSides, noSuchImage, PatchFault, type StoredPatch } from './stored-patch.js';

/** A larger file is no such image. */
export const MOST_IMAGE_BYTES = 2 ** 26;

/** What the files of other formats begin with, as Latin-1. */
const OTHERS = /^(\xff\xd8\xff|BM|P[1-6][\s#]|RIFF.{4}WEBP)/s;

/**
 * Reads an image file.
 *
 * @throws PatchFault if it is missing, damaged, larger than 4096x4096, or none of PNG, JPEG, WebP, BMP and PPM
 */
export async function readStoredPatch(path: string): Promise<StoredPatch> {
  const bytes = readBytes(path);
  if (isPng(bytes)) return decodePng(bytes, path);
  if (OTHERS.test(bytes.toString('latin1', 0, 12))) return await decodeOther(bytes, path);
  const isCalledPng = extname(path).toLowerCase() === '.png';
  throw noSuchImage(path, isCalledPng ? 'a PNG image' : 'a PNG, JPEG, WebP, BMP or PPM image', bytes);
}

/** Decodes with the readers of lpips-node, which are loaded here: a thread that decodes PNGs alone has no use for them. */
async function decodeOther(bytes: Buffer, path: string): Promise<StoredPatch> {
  const [{ LpipsError }, { openImage }] = await Promise.all([
    import('lpips-core'),
    import('lpips-node/images'),
  ]);
  try {
    const image = await openImage(bytes, path);
    const { size } = image;
    checkSides(path, size);
    const asStored = { size: undefined, ignoreProfile: true, ignoreOrientation: true };
    const { values, channels } = await image.decode(asStored);
    const levels = values instanceof Uint16Array ? Uint8Array.from(values, to8Bits) : Uint8Array.from(values);
    return { ...size, channels, levels };
  } catch (error) {
    if (!(error instanceof LpipsError)) throw error;
    throw new PatchFault(path, 'an image', 'another file', '', [error.message, error.plainMessage]);
  }
}

function to8Bits(value: number): number {
  return Math.round(value / 257);
}

/** Reads synchronously: a thread does nothing else, and a promise for each small file costs more than the read. */
function readBytes(path: string): Buffer {
  try {
    return readRegularFileSync(path, MOST_IMAGE_BYTES);
  } catch (error) {
    if (error instanceof NoRegularFile) throw new PatchFault(path, 'an image file', error.got);
    const got = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new PatchFault(path, 'an image that can be read', got);
  }
}
