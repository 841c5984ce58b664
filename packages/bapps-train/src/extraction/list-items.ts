/**
 * @module
 * The items of a data set that are extracted.
 */
import { at, invalid } from 'lpips-core';
import { Pair, SPLITS, type Split, TASKS, type Task, type Triplet } from '../data-set/layout.js';
import { listDistortions, scanPairs, scanTriplets } from '../data-set/scan-data-set.js';
import type { ExtractedGroup } from './extraction-manifest.js';

/** A group with its items. */
export interface ListedGroup extends Pick<ExtractedGroup, 'task' | 'split' | 'distortion'> {
  readonly entries: readonly (Triplet | Pair)[];
}

/**
 * The groups of a data set, 2afc and jnd, train and val, as far as they exist.
 *
 * @param only splits to list, such as `2afc/train`. Default: all
 * @throws LpipsError naming a file that is missing, without partner or no valid judgement, or if there is no item at
 *   all
 */
export async function listItems(root: string, only?: readonly string[]): Promise<ListedGroup[]> {
  const groups: ListedGroup[] = [];
  for (const { task, split } of await listSplits(root, only && { only })) {
    const found = task === '2afc' ? await scanTriplets(root, split) : await scanPairs(root, split);
    for (const { distortion, items } of found) groups.push({ task, split, distortion, entries: items });
  }
  return groups;
}

/**
 * The splits of a data set that have distortions. No file is opened.
 *
 * @param where function that refuses, as its caller knows it
 * @throws LpipsError if there are none
 */
export async function listSplits(
  root: string,
  { only, where = 'extract' }: { readonly only?: readonly string[]; readonly where?: string } = {},
): Promise<{ task: Task; split: Split }[]> {
  const splits: { task: Task; split: Split }[] = [];
  for (const task of TASKS) {
    for (const split of SPLITS) {
      if (only?.includes(`${task}/${split}`) === false) continue;
      if ((await listDistortions(root, task, split)).length > 0) splits.push({ task, split });
    }
  }
  if (splits.length > 0) return splits;
  const advice = 'Name the folder that holds 2afc and jnd.';
  throw invalid(where, 'a data set', root, `no ${only?.join(', ') ?? '2afc or jnd'} in it`, advice);
}

/** Paths of the images of an item, the reference (p0 of a pair) first. */
export function imagesOf(item: Triplet | Pair): string[] {
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
