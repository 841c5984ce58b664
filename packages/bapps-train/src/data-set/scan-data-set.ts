/**
 * @module
 * Lists a data set: every triplet or pair with its judgement, by distortion, sorted by name (by code units, so that the
 * order is the same on every machine). An error names what does not fit the layout. Images are not opened.
 */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { cannot, checkOptions, checkText, invalid } from 'lpips-core';
import {
  type Extensions,
  IMAGE_EXTENSIONS,
  PARTS,
  Pair,
  SPLITS,
  type Split,
  splitFolder,
  type Task,
  Triplet,
} from './layout.js';
import { readJudgement } from './npy.js';

/** The items of one distortion. */
export interface DistortionFolder<Item> {
  /** Name of the folder, such as `traditional`. */
  readonly distortion: string;
  readonly items: readonly Item[];
}

/** Which part of a data set is listed. */
export interface ScanOptions {
  /** Distortions by name. Default: all of them. */
  readonly distortions?: readonly string[];
}

/** Judgement files that are read at the same time. */
const READERS = 64;

/**
 * The triplets of a split.
 *
 * @param root folder that holds `2afc`
 * @returns distortions in the order of names, none of them empty
 * @throws LpipsError naming a file or folder that is missing, empty or without partner, or no valid judgement
 */
export function scanTriplets(
  root: string,
  split: Split,
  options: ScanOptions = {},
): Promise<DistortionFolder<Triplet>[]> {
  return scan(root, '2afc', split, options, (...parts) => new Triplet(...parts));
}

/**
 * The pairs of a split. Only `val` is published.
 *
 * @param root folder that holds `jnd`
 * @returns distortions in the order of names, none of them empty
 * @throws LpipsError as `scanTriplets`
 */
export function scanPairs(
  root: string,
  split: Split = 'val',
  options: ScanOptions = {},
): Promise<DistortionFolder<Pair>[]> {
  return scan(root, 'jnd', split, options, (...parts) => new Pair(...parts));
}

/**
 * Names of the distortions of a split, sorted; an empty list if the split is missing.
 *
 * @throws LpipsError if the folder of the task holds anything but splits
 */
export async function listDistortions(root: string, task: Task, split: Split): Promise<string[]> {
  checkText('listDistortions', 'root', root);
  const folder = splitFolder(root, task, split);
  const taskFolder = join(root, task);
  if ((await entriesOf(taskFolder)) === undefined) return [];
  await folderNames(taskFolder, SPLITS);
  return (await entriesOf(folder)) === undefined ? [] : await folderNames(folder);
}

type MakeItem<Item> = (folder: string, name: string, judgement: number, extensions: Extensions) => Item;

async function scan<Item>(
  root: string,
  task: Task,
  split: Split,
  options: ScanOptions,
  make: MakeItem<Item>,
): Promise<DistortionFolder<Item>[]> {
  checkText('scan', 'root', root);
  checkOptions('scan', options, ['distortions']);
  const { distortions } = options;
  const folder = splitFolder(root, task, split);
  const found = await listDistortions(root, task, split);
  if (found.length === 0) {
    const isThere = (await entriesOf(folder)) !== undefined;
    const got = isThere ? 'an empty folder' : 'no such folder';
    throw invalid('scan', 'a folder for each distortion', folder, got, `Name the folder that holds ${task}.`);
  }
  for (const name of distortions ?? []) {
    if (!found.includes(name)) throw invalid('scan', `one of ${found.join(', ')}`, 'the distortion', name);
  }
  const wanted = distortions === undefined ? found : found.filter((name) => distortions.includes(name));
  const folders: DistortionFolder<Item>[] = [];
  for (const distortion of wanted) {
    folders.push({ distortion, items: await scanDistortion(join(folder, distortion), task, make) });
  }
  return folders;
}

async function scanDistortion<Item>(folder: string, task: Task, make: MakeItem<Item>): Promise<Item[]> {
  const { images, judgements } = PARTS[task];
  const parts = [...images, judgements];
  const found = await folderNames(folder, parts);
  for (const part of parts) {
    if (!found.includes(part)) throw invalid('scan', `folders ${parts.join(', ')}`, folder, `no ${part}`);
  }
  const listed = new Map<string, Listed>();
  for (const part of parts) {
    const known = part === judgements ? JUDGEMENT_EXTENSIONS : IMAGE_EXTENSIONS;
    listed.set(part, await listFiles(join(folder, part), known));
  }
  const [first, ...others] = [...listed.values()];
  if (first) for (const other of others) checkPartners(first, other);
  const extensionsOf = sharedExtensions(images.map((part) => [part, listed.get(part)?.extensions]));
  const npyOf = listed.get(judgements)?.extensions ?? new Map<string, string>();
  const names = [...(first?.extensions.keys() ?? [])];
  const items: Item[] = [];
  for (let start = 0; start < names.length; start += READERS) {
    const read = names.slice(start, start + READERS).map(async (name) => {
      const judgement = await readJudgement(join(folder, judgements, `${name}${npyOf.get(name) ?? ''}`));
      return make(folder, name, judgement, extensionsOf(name));
    });
    items.push(...(await Promise.all(read)));
  }
  return items;
}

/** The files of one folder. */
interface Listed {
  readonly folder: string;
  /** What each name ends with, in the order of whole file names. */
  readonly extensions: ReadonlyMap<string, string>;
  /** What the names of such files end with where nothing else is known. */
  readonly usual: string;
}

/** What the names of judgements end with. */
const JUDGEMENT_EXTENSIONS: readonly string[] = ['.npy'];

/** @throws LpipsError naming the first file that only one of the two folders has */
function checkPartners(a: Listed, b: Listed): void {
  for (const [here, there] of [
    [a, b],
    [b, a],
  ] as const) {
    for (const [name, extension] of here.extensions) {
      if (there.extensions.has(name)) continue;
      const path = join(there.folder, `${name}${there.usual}`);
      const partner = join(here.folder, `${name}${extension}`);
      const advice = 'Copy it, or delete its partners.';
      throw invalid('scan', `a partner of ${partner}`, path, 'no such file', advice);
    }
  }
}

/** The extensions of each item; items whose images have the same ones share an object. */
function sharedExtensions(
  parts: readonly (readonly [part: keyof Extensions, extensions: ReadonlyMap<string, string> | undefined])[],
): (name: string) => Extensions {
  const known = new Map<string, Extensions>();
  return (name) => {
    const entries = parts.map(([part, extensions]) => [part, extensions?.get(name) ?? '.png'] as const);
    const key = entries.join();
    const shared = known.get(key) ?? Object.fromEntries(entries);
    known.set(key, shared);
    return shared;
  };
}

/**
 * The files in a folder by their names without extension, sorted.
 *
 * @throws LpipsError if there is none, one of another kind, or two of the same name
 */
async function listFiles(folder: string, known: readonly string[]): Promise<Listed> {
  const entries = (await entriesOf(folder)) ?? [];
  const kinds = known.map((extension) => `*${extension}`);
  const [usual = '', ...more] = known;
  const wanted = more.length === 0 ? `*${usual} files` : `images (${kinds.join(', ')})`;
  if (entries.length === 0) throw invalid('scan', wanted, folder, 'an empty folder');
  const extensions = new Map<string, string>();
  for (const entry of entries) {
    const extension = extname(entry.name);
    if (entry.isDirectory() || !known.includes(extension.toLowerCase())) {
      throw invalid('scan', `nothing but ${wanted}`, folder, entry.name);
    }
    const name = entry.name.slice(0, -extension.length);
    const other = extensions.get(name);
    if (other !== undefined) {
      const got = `${name}${other} and ${entry.name}`;
      throw invalid('scan', 'one file of each name', folder, got, 'Delete one of them.');
    }
    extensions.set(name, extension);
  }
  return { folder, extensions, usual };
}

/**
 * Names of the folders in a folder, sorted.
 *
 * @throws LpipsError if it holds a file, or a folder that is not among `known`
 */
async function folderNames(folder: string, known?: readonly string[]): Promise<string[]> {
  const entries = (await entriesOf(folder)) ?? [];
  const file = entries.find((entry) => !entry.isDirectory() && !entry.isSymbolicLink());
  if (file !== undefined) throw invalid('scan', 'nothing but folders', folder, `the file ${file.name}`);
  const names = entries.map(({ name }) => name);
  const odd = known === undefined ? undefined : names.find((name) => !known.includes(name));
  if (known !== undefined && odd !== undefined) {
    throw invalid('scan', `no folder but ${known.join(', ')}`, folder, odd, 'Move it away.');
  }
  return names;
}

/** What file managers and network drives leave behind in folders of images. */
const LEFT_BEHIND: ReadonlySet<string> = new Set([
  'Thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  '@eaDir',
  '__MACOSX',
]);

/** What a folder holds except hidden files and leftovers, sorted by name; undefined if there is no such folder. */
async function entriesOf(folder: string): Promise<Dirent[] | undefined> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter(({ name }) => !name.startsWith('.') && !LEFT_BEHIND.has(name))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT') return undefined;
    if (code === 'ENOTDIR') throw invalid('scan', 'a folder', folder, 'a file', 'Check the path.');
    throw cannot('scan', `read ${folder}`, code || String(error), 'Check its permissions.');
  }
}
