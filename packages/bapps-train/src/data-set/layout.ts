/**
 * @module
 * Where things lie in a data set, as BAPPS is published (Zhang et al. 2018):
 * `2afc/{train,val}/<distortion>/{ref,p0,p1}/*.png` with `judge/*.npy`, and `jnd/val/<distortion>/{p0,p1}/*.png` with
 * `same/*.npy`; a data set of your own may have a third split, `test`. Files that belong together have the same name. Images may also be of the other kinds of `IMAGE_EXTENSIONS`.
 */
import { join } from 'node:path';
import { checkOneOf, checkText } from 'lpips-core';

/**
 * Part of a data set: `train` is learned from, `val` is held out and may choose the epoch, and `test`, which the published one
 * lacks, chooses nothing.
 */
export type Split = 'train' | 'val' | 'test';

export const SPLITS: readonly Split[] = ['train', 'val', 'test'];

/** What people were asked: which of two is nearer (2afc), or whether two look the same (jnd). */
export type Task = '2afc' | 'jnd';

export const TASKS: readonly Task[] = ['2afc', 'jnd'];

/** The folders of one distortion, for images and for judgements. */
export const PARTS = {
  '2afc': { images: ['ref', 'p0', 'p1'], judgements: 'judge' },
  jnd: { images: ['p0', 'p1'], judgements: 'same' },
} as const;

type ImagePart = 'ref' | 'p0' | 'p1';

/** What the names of images end with, in lower or upper case: those of the official loader, and WebP. */
export const IMAGE_EXTENSIONS: readonly string[] = ['.png', '.jpg', '.jpeg', '.webp', '.bmp', '.ppm'];

/** What the names of the images of an item end with. Default: `.png`. */
export type Extensions = Readonly<Partial<Record<ImagePart, string>>>;

/** A reference, two distorted copies, and which of the copies people found nearer. */
export class Triplet {
  /** Folder of the distortion. */
  readonly folder: string;
  /** Name of its files, without extension. */
  readonly name: string;
  /** Share of the votes that preferred `p1`, in [0, 1]. */
  readonly judge: number;
  readonly extensions: Extensions;

  constructor(folder: string, name: string, judge: number, extensions: Extensions = {}) {
    this.folder = folder;
    this.name = name;
    this.judge = judge;
    this.extensions = extensions;
  }

  /** Path of the reference. */
  get ref(): string {
    return imagePath(this, 'ref');
  }

  /** Path of one distorted copy. */
  get p0(): string {
    return imagePath(this, 'p0');
  }

  /** Path of the other. */
  get p1(): string {
    return imagePath(this, 'p1');
  }
}

/** Two images, and how many people thought that they are the same. */
export class Pair {
  /** Folder of the distortion. */
  readonly folder: string;
  /** Name of its files, without extension. */
  readonly name: string;
  /** Share of the votes that said "the same", in [0, 1]. */
  readonly same: number;
  readonly extensions: Extensions;

  constructor(folder: string, name: string, same: number, extensions: Extensions = {}) {
    this.folder = folder;
    this.name = name;
    this.same = same;
    this.extensions = extensions;
  }

  /** Path of one image. */
  get p0(): string {
    return imagePath(this, 'p0');
  }

  /** Path of the other. */
  get p1(): string {
    return imagePath(this, 'p1');
  }
}

/**
 * Folder of a task's split, `DATA/2afc/val`.
 *
 * @throws LpipsError for a task or split that is none
 */
export function splitFolder(root: string, task: Task, split: Split): string {
  checkText('splitFolder', 'root', root);
  checkOneOf('splitFolder', 'task', task, TASKS);
  checkOneOf('splitFolder', 'split', split, SPLITS);
  return join(root, task, split);
}

/** The name of a group of items as a path: `2afc/train/traditional`. */
export function groupName(group: { task: Task; split: Split; distortion: string }): string {
  return `${group.task}/${group.split}/${group.distortion}`;
}

/** Whether a value can be the name of a folder within another one. */
export function isFolderName(value: unknown): value is string {
  return typeof value === 'string' && !/^(\.{0,2}|.*[/\\\0].*)$/s.test(value);
}

function imagePath({ folder, name, extensions }: Triplet | Pair, part: ImagePart): string {
  return join(folder, part, `${name}${extensions[part] ?? '.png'}`);
}
