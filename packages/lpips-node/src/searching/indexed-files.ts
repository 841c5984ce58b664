/**
 * @module
 * The image files of an index. Their paths stand in it as they are seen from its folder, so that the index and the images can be
 * moved together.
 */
import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { at, type ImageSize, LpipsError } from 'lpips-core';
import type { IndexEntry, IndexHeader, SearchIndex } from 'lpips-search';
import type { Reading } from '../comparing/compare-images.js';
import type { LeftOutPath } from '../comparing/leave-out.js';
import { codeOf } from '../errors/foreign-error.js';
import { type ImageSource, readImageBytes } from '../images/image-source.js';
import { readImage } from '../images/read-image.js';

/** The path of an image as its index has it. */
export function pathInIndex(index: string, image: string): string {
  return relative(dirname(resolve(index)), resolve(image))
    .split(sep)
    .join('/');
}

/** The path of an image of an index, absolute where the path of the index is, and else seen from here. */
export function pathFromHere(index: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(index), path);
}

/** What an index notes of a file. @throws the system's own error where there is none */
export async function entryOf(index: string, image: string): Promise<IndexEntry> {
  const { size, mtimeMs } = await stat(image);
  return { path: pathInIndex(index, image), bytes: size, time: Math.floor(mtimeMs) };
}

/** Whether a file is as it was indexed, as far as size and time tell. */
export function isUnchanged(now: IndexEntry, then: IndexEntry | undefined): boolean {
  return now.bytes === then?.bytes && now.time === then.time;
}

/** The size of the images of an index. */
function sizeOf({ width, height }: IndexHeader): ImageSize {
  return { width, height };
}

/** How the images of an index are read. */
function readingOfIndex({ reading }: IndexHeader): Reading {
  const { background, ignoreProfile } = reading;
  return {
    ...(typeof background === 'string' && { background }),
    ...(typeof ignoreProfile === 'boolean' && { ignoreProfile }),
  };
}

/** Reads an image as the images of an index are read, at their size. @throws LpipsError as `readImage` */
export function readForIndex(source: ImageSource, header: IndexHeader, name?: string): Promise<Tensor4D> {
  const named = name === undefined ? {} : { name };
  return readImage(source, { ...readingOfIndex(header), ...named, size: sizeOf(header) });
}

/** Where the images of an index are, and what is left out of them. */
export interface IndexedPlaces {
  readonly index: SearchIndex;
  /** Path of the index, from whose folder its images are seen. */
  readonly path: string;
  /** Gets what cannot be read. */
  readonly leftOut: LeftOutPath[];
}

/**
 * Reads the image of a row.
 *
 * @returns undefined where it is gone, changed or cannot be read, which is added to `leftOut`
 */
export async function readRow(
  row: number,
  { index, path: ofIndex, leftOut }: IndexedPlaces,
): Promise<Tensor4D | undefined> {
  const entry = at(index.entries, row);
  const path = pathFromHere(ofIndex, entry.path);
  const leaveOut = (reason: string) => {
    if (!leftOut.some((other) => other.path === path)) leftOut.push({ path, reason });
    return undefined;
  };
  try {
    if (!isUnchanged(await entryOf(ofIndex, path), entry)) {
      return leaveOut('it has changed since it was indexed: run lpips index again');
    }
    return await readForIndex(await readImageBytes(path), index.header, path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return leaveOut('it is no longer there');
    if (error instanceof LpipsError) return leaveOut(error.message);
    throw error;
  }
}
