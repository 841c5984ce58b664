/**
 * @module
 * What a reproduction will take on this machine: bytes on the disk, and hours by the speed of the backbone, which is measured
 * before anything is downloaded.
 */
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Lpips, NetName } from 'lpips-core';
import { ARCHIVES, type ArchiveName } from '../data-set/archives.js';
import { ITEMS_PER_BATCH, poolBatch } from '../extraction/extraction-shards.js';
import { listItems } from '../extraction/list-items.js';
import { channelsOfTaps } from '../networks/heads.js';
import { OFFICIAL_RECIPE, totalEpochs } from '../training/recipe.js';

/** Triplets and pairs of a data set. */
export interface ItemCounts {
  /** Triplets to learn from. */
  readonly train: number;
  /** Triplets that are held out. */
  readonly val: number;
  /** Pairs of JND. */
  readonly jnd: number;
}

/** Those of the published archives, as the README of PerceptualSimilarity states them, rounded to hundreds. */
export const PUBLISHED_ITEMS: ItemCounts = { train: 151_400, val: 36_300, jnd: 9_600 };

/** A file takes whole blocks: half a block more than its bytes for an image, and a block for a judgement. */
const BLOCK = 4096;
/** Seconds for a triplet and channel in one epoch, from the benchmark of the README: 1,152 channels of AlexNet take 48 µs. */
const TRAINING_SECONDS = 48e-6 / 1152;
/** Share of all images that the measurement may pass through a backbone. */
const MEASURED_SHARE = 1 / 20;

/** What a net takes. */
export interface NetNeeds {
  readonly net: NetName;
  /** Images that pass the backbone in a second. */
  readonly imagesPerSecond: number;
  readonly seconds: number;
  /** Bytes of its vectors. */
  readonly bytes: number;
}

/** Counts the items of a data set at hand, and so reads every judgement. */
export async function countItemsOf(data: string): Promise<ItemCounts> {
  const groups = await listItems(data);
  const count = (task: string, split: string) =>
    groups
      .filter((group) => group.task === task && group.split === split)
      .reduce((sum, { entries }) => sum + entries.length, 0);
  return { train: count('2afc', 'train'), val: count('2afc', 'val'), jnd: count('jnd', 'val') };
}

/** Images of the items: three a triplet, two a pair. */
export function imagesOfItems({ train, val, jnd }: ItemCounts): number {
  return 3 * (train + val) + 2 * jnd;
}

/**
 * Most bytes that a download of some archives holds at once: all content, and the largest archive until it is unpacked. PNG
 * files take as much as their archive.
 */
export function bytesOfDownload(parts: readonly ArchiveName[]): number {
  const contents = parts.reduce((sum, name) => {
    const files = name === 'jnd' ? 2 : 3;
    return sum + ARCHIVES[name].bytes + PUBLISHED_ITEMS[name] * (1 + files / 2) * BLOCK;
  }, 0);
  return contents + Math.max(0, ...parts.map((name) => ARCHIVES[name].bytes));
}

/** What extraction and training take, by the measured speed. */
export function needsOf(net: NetName, items: ItemCounts, imagesPerSecond: number): NetNeeds {
  const channels = channelsOfTaps(net).reduce((sum, some) => sum + some, 0);
  const pairs = 2 * (items.train + items.val) + items.jnd;
  const training = totalEpochs(OFFICIAL_RECIPE) * items.train * channels * TRAINING_SECONDS;
  return {
    net,
    imagesPerSecond,
    seconds: imagesOfItems(items) / imagesPerSecond + training,
    bytes: pairs * 2 * channels * Float32Array.BYTES_PER_ELEMENT, // mean and deviation of each channel
  };
}

/**
 * Measures how many images of noise pass a backbone in a second, by the batches of an extraction. Decoding is left out, as it
 * runs beside it.
 *
 * @param lpips on the current backend
 * @param images of the data set; no more than a twentieth of them are measured, but for one batch
 */
export async function measureRate(
  lpips: Lpips,
  { images, seconds, size }: { readonly images: number; readonly seconds: number; readonly size: number },
): Promise<number> {
  const most = Math.ceil((images * MEASURED_SHARE) / 3);
  const count = Math.min(ITEMS_PER_BATCH[lpips.net], most);
  const channels = channelsOfTaps(lpips.net).reduce((sum, some) => sum + some, 0);
  const each = count * size * size * 3;
  const batch = {
    pixels: Float32Array.from({ length: 3 * each }, (_, i) => 2 * ((i * 0.61803398875) % 1) - 1),
    size,
    count,
    staging: new Float32Array(each),
  };
  const into = new Float32Array(count * 4 * channels);
  await poolBatch(lpips, batch, into); // the first pass compiles and allocates
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  let items = 0;
  do {
    await poolBatch(lpips, batch, into);
    items += count;
  } while (items < most && elapsed() < seconds);
  return (3 * items) / elapsed();
}

/** Free bytes where a folder is, or will be made. */
export async function freeBytes(folder: string): Promise<number> {
  const path = resolve(folder);
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    const parent = dirname(path);
    if (parent === path) throw error;
    return await freeBytes(parent);
  }
}
