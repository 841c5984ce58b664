/**
 * @module
 * The photographs that a data set is cut from: which are learned from, and which are held out.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid } from 'lpips-core';
import { listImages } from 'lpips-node';
import { seededRandom, seedOf, shuffle } from 'lpips-pictures';
import { PATCH_SIDE } from './cut-patch.js';
import { inspectPhotograph } from './inspect-photograph.js';

/** A photograph's file. */
export interface Photograph {
  readonly path: string;
  readonly sha256: string;
}

/** The splits that are made. */
export const MADE_SPLITS = ['train', 'val'] as const;
export type MadeSplit = (typeof MADE_SPLITS)[number];

/** Photographs by split, none in both, in an order that follows from the seed. */
export type Photographs = Readonly<Record<MadeSplit, readonly Photograph[]>>;

/**
 * Finds the photographs of a folder and reads their headers.
 *
 * @param folder of images, or of folders `train` and `val` of images
 * @param side least height and width of a photograph
 * @param heldOut share of the images that go to val, drawn by the seed, if there are no such folders
 * @throws LpipsError naming a photograph that is unreadable or too small, or if there are too few
 */
export async function findPhotographs(
  folder: string,
  seed: number,
  heldOut: number,
  side = PATCH_SIDE,
): Promise<Photographs> {
  const names = await listImages(folder);
  const { train, val } =
    names.length === 0 && (await isSplit(folder))
      ? {
          train: await pathsIn(join(folder, 'train'), seed),
          val: await pathsIn(join(folder, 'val'), seed),
        }
      : divide(await pathsIn(folder, seed), heldOut);
  const found = { train: await inspectAll(train, side), val: await inspectAll(val, side) };
  for (const split of MADE_SPLITS) {
    if (found[split].length > 0) continue;
    const got = names.length === 0 ? `none for ${split}` : `${names.length}`;
    const advice = `At least one is held out, so that none is left for ${split}. Add photographs, or sort them into folders train and val.`;
    throw invalid('synthesize', 'at least two photographs', folder, got, names.length === 0 ? '' : advice);
  }
  const learned = new Map(found.train.map(({ path, sha256 }) => [sha256, path]));
  for (const { path, sha256 } of found.val) {
    const twin = learned.get(sha256);
    if (twin === undefined) continue;
    throw invalid(
      'synthesize',
      'no photograph in both train and val',
      path,
      `a copy of ${twin}`,
      'Delete one.',
    );
  }
  return found;
}

/** Paths of the images in a folder, in an order that follows from the seed. */
async function pathsIn(folder: string, seed: number): Promise<string[]> {
  const names = (await listImages(folder)).toSorted(); // by code units, the same everywhere
  return shuffle(
    seededRandom(seedOf(seed, 'photographs')),
    names.map((name) => join(folder, name)),
  );
}

function divide(paths: readonly string[], heldOut: number): Record<MadeSplit, string[]> {
  const count = Math.max(1, Math.round(heldOut * paths.length));
  return { train: paths.slice(count), val: paths.slice(0, count) };
}

async function inspectAll(paths: readonly string[], side: number): Promise<Photograph[]> {
  const photographs: Photograph[] = [];
  for (const path of paths) {
    const { sha256 } = await inspectPhotograph(path, side, 'synthesize');
    photographs.push({ path, sha256 });
  }
  return photographs;
}

async function isSplit(folder: string): Promise<boolean> {
  const entries = await readdir(folder);
  return MADE_SPLITS.every((split) => entries.includes(split));
}
