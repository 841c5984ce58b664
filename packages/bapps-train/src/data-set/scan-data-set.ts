/**
 * @module
 * Lists a data set: every triplet or pair with its judgement, by distortion, sorted by name (by code units, so that the
 * order is the same on every machine). An error names what does not fit the layout. Images are not opened.
 */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { cannot, checkOptions, checkText, invalid } from 'lpips-core';
import { PARTS, Pair, SPLITS, type Split, splitFolder, type Task, Triplet } from './layout.js';
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

async function scan<Item>(
  root: string,
  task: Task,
  split: Split,
  options: ScanOptions,
  make: (folder: string, name: string, judgement: number) => Item,
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

async function scanDistortion<Item>(
  folder: string,
  task: Task,
  make: (folder: string, name: string, judgement: number) => Item,
): Promise<Item[]> {
  const { images, judgements } = PARTS[task];
  const parts = [...images, judgements];
  const found = await folderNames(folder, parts);
  for (const part of parts) {
    if (!found.includes(part)) throw invalid('scan', `folders ${parts.join(', ')}`, folder, `no ${part}`);
  }
  const [first] = images;
  const names = await fileNames(join(folder, first), '.png');
  for (const part of [...images.slice(1), judgements]) {
    const extension = part === judgements ? '.npy' : '.png';
    checkPartners(
      { folder: join(folder, first), names, extension: '.png' },
      { folder: join(folder, part), names: await fileNames(join(folder, part), extension), extension },
    );
  }
  const items: Item[] = [];
  for (let start = 0; start < names.length; start += READERS) {
    const read = names
      .slice(start, start + READERS)
      .map(async (name) => make(folder, name, await readJudgement(join(folder, judgements, `${name}.npy`))));
    items.push(...(await Promise.all(read)));
  }
  return items;
}

interface Part {
  readonly folder: string;
  readonly names: readonly string[];
  readonly extension: string;
}

/** @throws LpipsError naming the first file that only one of the two folders has */
function checkPartners(a: Part, b: Part): void {
  for (const [here, there] of [
    [a, b],
    [b, a],
  ] as const) {
    const known = new Set(there.names);
    const alone = here.names.find((name) => !known.has(name));
    if (alone === undefined) continue;
    const path = join(there.folder, `${alone}${there.extension}`);
    const partner = join(here.folder, `${alone}${here.extension}`);
    throw invalid(
      'scan',
      `a partner of ${partner}`,
      path,
      'no such file',
      'Copy it, or delete its partners.',
    );
  }
}

/** Names of the files in a folder without their extension, sorted. */
async function fileNames(folder: string, extension: '.png' | '.npy'): Promise<string[]> {
  const entries = (await entriesOf(folder)) ?? [];
  if (entries.length === 0) throw invalid('scan', `*${extension} files`, folder, 'an empty folder');
  const odd = entries.find((entry) => entry.isDirectory() || extname(entry.name) !== extension);
  if (odd !== undefined) throw invalid('scan', `nothing but *${extension} files`, folder, odd.name);
  return entries.map(({ name }) => name.slice(0, -extension.length));
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
