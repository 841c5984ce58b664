/**
 * @module
 * Making the items of a set: references cut from photographs, copies distorted, votes drawn from the teacher's
 * distances.
 */
import { at, type Lpips } from 'lpips-core';
import type { Raster } from 'lpips-pictures';
import { cutPatch, readPhotograph } from './cut-patch.js';
import { type Distorter, faintly } from './distorters.js';
import {
  type ItemSet,
  imagePath,
  judgementPath,
  randomOf,
  readPng,
  toJudgement,
  toPng,
  type Write,
} from './items.js';
import { drawVotes, preference, sameness, VOTES } from './observers.js';
import type { Photograph } from './split-photographs.js';
import { batchDistances } from './teacher.js';

/** Settings of all items. */
export interface ItemSettings {
  readonly seed: number;
  readonly noise: number;
  /** Side of the patches, in pixels. */
  readonly side: number;
  readonly write: Write;
  readonly signal: AbortSignal;
}

/** Writes the reference of every item, photograph by photograph, so that only one photograph is in memory. */
export async function cutReferences(
  root: string,
  photographs: readonly Photograph[],
  sets: readonly ItemSet[],
  { seed, side, signal, write }: ItemSettings,
): Promise<void> {
  for (const [place, { path }] of photographs.entries()) {
    signal.throwIfAborted();
    if (!sets.some(({ count }) => count > place)) return;
    const photograph = await readPhotograph(path);
    for (const set of sets) {
      const part = set.task === '2afc' ? 'ref' : 'p0';
      for (let number = place; number < set.count; number += photographs.length) {
        const patch = cutPatch(photograph, randomOf(seed, set, number, 'patch'), side);
        await write(imagePath(root, set, part, number), await toPng(patch));
      }
    }
  }
}

/** Some items of a set, and what makes them. */
export interface Making {
  readonly root: string;
  readonly set: ItemSet;
  readonly numbers: readonly number[];
  readonly distorter: Distorter;
  readonly teacher: Lpips;
  readonly settings: ItemSettings;
}

/** Makes the copies and judgements of triplets whose references exist. */
export async function makeTriplets(making: Making): Promise<void> {
  const { root, set, numbers, distorter, teacher, settings } = making;
  const references = await Promise.all(numbers.map((number) => readPng(imagePath(root, set, 'ref', number))));
  const copies = [
    await makeCopies(making, references, 'p0', distorter),
    await makeCopies(making, references, 'p1', distorter),
  ] as const;
  const [d0, d1] = await batchDistances(teacher, references, copies);
  for (const [index, number] of numbers.entries()) {
    const probability = preference(at(d0, index), at(d1, index), settings.noise);
    const random = randomOf(settings.seed, set, number, 'votes');
    const judge = drawVotes(probability, VOTES[set.split], random);
    await settings.write(judgementPath(root, set, number), toJudgement(judge));
  }
}

/**
 * Makes the copies of pairs whose references exist. They are judged once all pairs are made.
 *
 * @returns the distances of the pairs
 */
export async function makePairs(making: Making): Promise<readonly number[]> {
  const { root, set, numbers, distorter, teacher } = making;
  const references = await Promise.all(numbers.map((number) => readPng(imagePath(root, set, 'p0', number))));
  const copies = await makeCopies(making, references, 'p1', faintly(distorter));
  const [distances] = await batchDistances(teacher, references, [copies]);
  return distances;
}

/** Writes the judgements of all pairs of a set. */
export async function judgePairs(
  root: string,
  set: ItemSet,
  distances: readonly number[],
  threshold: number,
  { seed, noise, write }: ItemSettings,
): Promise<void> {
  for (const [number, distance] of distances.entries()) {
    const random = randomOf(seed, set, number, 'votes');
    const same = drawVotes(sameness(distance, { noise, threshold }), VOTES.jnd, random);
    await write(judgementPath(root, set, number), toJudgement(same));
  }
}

function makeCopies(
  { root, set, numbers, settings }: Making,
  references: readonly Raster[],
  part: 'p0' | 'p1',
  distorter: Distorter,
): Promise<Raster[]> {
  return Promise.all(
    references.map(async (reference, index) => {
      const number = at(numbers, index);
      const copy = await distorter(reference, randomOf(settings.seed, set, number, part));
      await settings.write(imagePath(root, set, part, number), await toPng(copy));
      return copy;
    }),
  );
}
