/**
 * @module
 * The items of a data set, triplets and pairs: the paths of their files, and the random numbers of each item.
 */
import { join } from 'node:path';
import { fromBytes, type Random, type Raster, seededRandom, seedOf, toBytes } from 'lpips-pictures';
import sharp from 'sharp';
import { PARTS, splitFolder, type Task } from '../data-set/layout.js';
import { serializeNpy } from '../data-set/npy.js';
import type { FamilyName } from './distorters.js';
import type { MadeSplit } from './split-photographs.js';

/** Items of one kind, which share a folder. */
export interface ItemSet {
  readonly task: Task;
  readonly split: MadeSplit;
  readonly family: FamilyName;
  readonly count: number;
}

/** Writes a file. */
export type Write = (path: string, bytes: Uint8Array) => Promise<void>;

/** The folders of a set, below `root`. */
export function foldersOf(root: string, set: ItemSet): string[] {
  const { images, judgements } = PARTS[set.task];
  return [...images, judgements].map((part) => join(folderOf(root, set), part));
}

/** Path of an image of an item. */
export function imagePath(root: string, set: ItemSet, part: 'ref' | 'p0' | 'p1', number: number): string {
  return join(folderOf(root, set), part, `${nameOf(number)}.png`);
}

/** Path of the judgement of an item. */
export function judgementPath(root: string, set: ItemSet, number: number): string {
  return join(folderOf(root, set), PARTS[set.task].judgements, `${nameOf(number)}.npy`);
}

/** Random numbers for one purpose of one item. */
export function randomOf(
  seed: number,
  { task, split, family }: ItemSet,
  number: number,
  what: string,
): Random {
  return seededRandom(seedOf(seed, task, split, family, number, what));
}

/** Bytes of a PNG. */
export function toPng({ data, width, height }: Raster): Promise<Uint8Array> {
  const raw = { width, height, channels: 3 } as const;
  return sharp(toBytes({ data, width, height }), { raw }).png().toBuffer();
}

/** Reads a PNG that `toPng` made. */
export async function readPng(path: string): Promise<Raster> {
  const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
  return fromBytes(data, info.width, info.height);
}

/** Bytes of a judgement file. */
export function toJudgement(share: number): Uint8Array {
  return serializeNpy({ shape: [1], data: Float32Array.of(share) });
}

function folderOf(root: string, { task, split, family }: ItemSet): string {
  return join(splitFolder(root, task, split), family);
}

/** Six digits, as published. */
function nameOf(number: number): string {
  return String(number).padStart(6, '0');
}
