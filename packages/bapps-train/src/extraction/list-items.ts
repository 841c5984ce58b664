/**
 * @module
 * The items of a data set that are extracted, and their digest. It covers names, judgements and file sizes, so that
 * other data are recognised without reading the images twice.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { at, invalid } from 'lpips-core';
import { Pair, SPLITS, type Split, type Task, type Triplet } from '../data-set/layout.js';
import { listDistortions, scanPairs, scanTriplets } from '../data-set/scan-data-set.js';
import type { ExtractedGroup } from './extraction-manifest.js';

/** A group with its items. */
export interface ListedGroup extends ExtractedGroup {
  readonly entries: readonly (Triplet | Pair)[];
}

/** Files whose size is read at the same time. */
const STATS = 256;

/**
 * The groups of a data set, 2afc and jnd, train and val, as far as they exist.
 *
 * @param only splits to list, such as `2afc/train`. Default: all
 * @throws LpipsError naming a file that is missing, without partner or no valid judgement, or if there is no item at
 *   all
 */
export async function listItems(root: string, only?: readonly string[]): Promise<ListedGroup[]> {
  const groups: ListedGroup[] = [];
  for (const task of ['2afc', 'jnd'] as const satisfies Task[]) {
    for (const split of SPLITS) {
      if (only?.includes(`${task}/${split}`) === false) continue;
      if ((await listDistortions(root, task, split)).length === 0) continue;
      const found = task === '2afc' ? await scanTriplets(root, split) : await scanPairs(root, split);
      for (const { distortion, items } of found) {
        groups.push({ task, split, distortion, items: items.length, entries: items });
      }
    }
  }
  if (groups.length > 0) return groups;
  const advice = 'Name the folder that holds 2afc and jnd.';
  throw invalid('extract', 'a data set', root, `no ${only?.join(', ') ?? '2afc or jnd'} in it`, advice);
}

/** Paths of the images of an item, the reference (p0 of a pair) first. */
function imagesOf(item: Triplet | Pair): string[] {
  return item instanceof Pair ? [item.p0, item.p1] : [item.ref, item.p0, item.p1];
}

/** Paths of the images of some items: all first images, then all second ones, then all third ones. */
export function pathsByRole(items: readonly (Triplet | Pair)[]): string[] {
  const images = items.map(imagesOf);
  const [first = []] = images;
  return first.flatMap((_, role) => images.map((paths) => at(paths, role)));
}

/** The share of people that chose p1, or that said "the same" of a pair. */
export function judgementOf(item: Triplet | Pair): number {
  return item instanceof Pair ? item.same : item.judge;
}

/** The name of a group as a path: `2afc/train/traditional`. */
export function groupName({
  task,
  split,
  distortion,
}: {
  task: Task;
  split: Split;
  distortion: string;
}): string {
  return `${task}/${split}/${distortion}`;
}

/** sha256 over all items. */
export async function digestOfItems(groups: readonly ListedGroup[]): Promise<string> {
  const hash = createHash('sha256');
  for (const group of groups) {
    hash.update(`${groupName(group)}\n`);
    for (let start = 0; start < group.entries.length; start += STATS) {
      const some = group.entries.slice(start, start + STATS);
      const sizes = await Promise.all(
        some.map((item) => Promise.all(imagesOf(item).map(async (path) => (await stat(path)).size))),
      );
      for (const [index, item] of some.entries()) {
        hash.update(`${item.name} ${judgementOf(item)} ${at(sizes, index).join(' ')}\n`);
      }
    }
  }
  return hash.digest('hex');
}
