/**
 * @module
 * The photographs that a data set is cut from: which are learned from and which held out, and square patches of them
 * at any place and scale.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid } from 'lpips-core';
import { inspectImage, listImages, readImage } from 'lpips-node';
import {
  between,
  cut,
  fromSamples,
  type Random,
  type Raster,
  resize,
  roundToBytes,
  seededRandom,
  seedOf,
  shuffle,
  wholeBetween,
} from 'lpips-pictures';
import { SPLITS, type Split } from '../data-set/layout.js';
import { inspectPhotograph } from './inspect-photograph.js';

/** Side of a patch, in pixels, as in BAPPS. */
const PATCH_SIDE = 64;

/** Shorter sides above this are scaled down to it before patches are cut: more would be sky and wall. */
const LONGEST_SHORT_SIDE = 640;
/** Patches whose standard deviation is less are too flat to judge. */
const FLAT = 0.03;
const TRIES = 8;

/** A photograph's file. */
export interface Photograph {
  readonly path: string;
  readonly sha256: string;
}

/** Photographs by split, none in both, each in an order that the seed gives. */
export type Photographs = Readonly<Record<Split, readonly Photograph[]>>;

/**
 * Finds the photographs of a folder and opens each one's header.
 *
 * @param folder images, of which `heldOut` (a share) go to val by the seed; or folders `train` and `val` of images
 * @throws LpipsError naming what is missing, unreadable or too small
 */
export async function findPhotographs(folder: string, seed: number, heldOut: number): Promise<Photographs> {
  const names = await listImages(folder);
  const { train, val } =
    names.length === 0 && (await isSplit(folder))
      ? {
          train: await pathsIn(join(folder, 'train'), seed),
          val: await pathsIn(join(folder, 'val'), seed),
        }
      : divide(await pathsIn(folder, seed), heldOut);
  const found = { train: await inspectAll(train), val: await inspectAll(val) };
  for (const split of SPLITS) {
    if (found[split].length > 0) continue;
    const got = names.length === 0 ? `none for ${split}` : `${names.length}`;
    const advice = `One at least is held out: ${split} has none left. Folders train and val in it would do, too.`;
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

/**
 * Reads a photograph.
 *
 * @throws LpipsError where it is damaged
 */
export async function readPhotograph(path: string): Promise<Raster> {
  const size = await inspectImage(path);
  const scale = Math.min(1, LONGEST_SHORT_SIDE / Math.min(size.width, size.height));
  const width = Math.round(size.width * scale);
  const height = Math.round(size.height * scale);
  const tensor = await readImage(path, scale < 1 ? { size: { width, height } } : {});
  try {
    return fromSamples(await tensor.data(), width, height);
  } finally {
    tensor.dispose();
  }
}

/**
 * Cuts a square at random and scales it to a patch; squares of all sizes are equally likely by their logarithms.
 *
 * @returns 64x64, 8-bit values
 */
export function cutPatch(photograph: Raster, random: Random): Raster {
  const { width, height } = photograph;
  const largest = Math.min(width, height) / PATCH_SIDE;
  let patch = photograph;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const side = Math.round(PATCH_SIDE * largest ** between(random, 0, 1));
    const square = cut(
      photograph,
      wholeBetween(random, 0, width - side),
      wholeBetween(random, 0, height - side),
      side,
      side,
    );
    patch = roundToBytes(resize(square, PATCH_SIDE, PATCH_SIDE, 'lanczos'));
    if (deviation(patch) >= FLAT) break;
  }
  return patch;
}

function deviation({ data }: Raster): number {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  return Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
}

/** Paths of the images in a folder, in an order that the seed gives. */
async function pathsIn(folder: string, seed: number): Promise<string[]> {
  const names = (await listImages(folder)).toSorted(); // by code units, the same everywhere
  return shuffle(
    seededRandom(seedOf(seed, 'photographs')),
    names.map((name) => join(folder, name)),
  );
}

function divide(paths: readonly string[], heldOut: number): Record<Split, string[]> {
  const count = Math.max(1, Math.round(heldOut * paths.length));
  return { train: paths.slice(count), val: paths.slice(0, count) };
}

async function inspectAll(paths: readonly string[]): Promise<Photograph[]> {
  const photographs: Photograph[] = [];
  for (const path of paths) {
    const { sha256 } = await inspectPhotograph(path, PATCH_SIDE, 'synthesize');
    photographs.push({ path, sha256 });
  }
  return photographs;
}

async function isSplit(folder: string): Promise<boolean> {
  const entries = await readdir(folder);
  return SPLITS.every((split) => entries.includes(split));
}
