/**
 * @module
 * What people are asked about: triplets and pairs of a folder, judged or not, as PNG, JPEG or WebP files of any size. A folder
 * has the layout of BAPPS,
 *
 *     2afc/{train,val}/<distortion>/{ref,p0,p1}/<name>.png        jnd/val/<distortion>/{p0,p1}/<name>.png
 *
 * or a folder for each triplet or pair, alone or in groups: `<name>/{ref,p0,p1}.png`, `<group>/<name>/{ref,p0,p1}.png`. A
 * folder without `ref` is a pair. These are `2afc/train` and `jnd/val`, and the group is the distortion.
 */
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { cannot, checkText, invalid } from 'lpips-core';
import { codeOf } from 'lpips-node/files';
import { groupName, PARTS, SPLITS, type Split, TASKS, type Task } from '../data-set/layout.js';
import { listDistortions } from '../data-set/scan-data-set.js';

/** A triplet or pair that can be shown. */
export interface TrialItem {
  /** `2afc/val/blur/000004` */
  readonly id: string;
  readonly task: Task;
  readonly split: Split;
  readonly distortion: string;
  /** Name of its files, or of its folder. */
  readonly name: string;
  /** Paths of its images; a pair has no `ref`. */
  readonly images: { readonly ref?: string; readonly p0: string; readonly p1: string };
}

/** Endings of the images that people can be asked about. */
const IMAGE_ENDINGS: readonly string[] = ['.png', '.jpg', '.jpeg', '.webp'];

/** The distortion of triplets that stand in no group. */
const NO_GROUP = 'own';

type Part = 'ref' | 'p0' | 'p1';

/**
 * Lists the triplets and pairs of a folder, sorted by id. Images are not opened.
 *
 * @throws LpipsError if there are none, naming an image without its partners, or two folders of one id
 */
export async function listTrialItems(data: string): Promise<TrialItem[]> {
  const items = await findTrialItems(data);
  if (items.length > 0) return items;
  const advice = 'Give each triplet a folder with ref, p0 and p1, or use the layout of BAPPS.';
  throw invalid('collect', 'triplets or pairs of PNG, JPEG or WebP files', data, 'none', advice);
}

/**
 * Does what `listTrialItems` does, also for a folder without any.
 *
 * @throws LpipsError naming an image without its partners, or two folders of one id
 */
export async function findTrialItems(data: string): Promise<TrialItem[]> {
  checkText('findTrialItems', 'data', data);
  const entries = await entriesOf(data);
  const isBapps = entries.some(({ isFolder, name }) => isFolder && TASKS.some((task) => task === name));
  const items = isBapps ? await itemsOfLayout(data) : await itemsOfFolders(data);
  items.sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const [index, { id, images }] of items.entries()) {
    const before = items[index - 1];
    if (before?.id !== id) continue;
    const [folder, other] = [dirname(images.p0), dirname(before.images.p0)];
    throw invalid('collect', `another name than that of ${other}`, folder, id, 'Rename one of them.');
  }
  return items;
}

async function itemsOfLayout(data: string): Promise<TrialItem[]> {
  const items: TrialItem[] = [];
  for (const task of TASKS) {
    for (const split of SPLITS) {
      for (const distortion of await listDistortions(data, task, split)) {
        const folder = join(data, task, split, distortion);
        items.push(...(await itemsOfDistortion(folder, { task, split, distortion })));
      }
    }
  }
  return items;
}

async function itemsOfDistortion(
  folder: string,
  group: Pick<TrialItem, 'task' | 'split' | 'distortion'>,
): Promise<TrialItem[]> {
  const parts: readonly Part[] = PARTS[group.task].images;
  const found = new Map<Part, Map<string, string>>();
  for (const part of parts) found.set(part, await imagesIn(join(folder, part)));
  const names = new Set([...found.values()].flatMap((images) => [...images.keys()]));
  return [...names].map((name) => {
    const images = parts.map((part) => [part, found.get(part)?.get(name)] as const);
    return itemOf(group, name, images, (part) => join(folder, part, `${name}.png`));
  });
}

async function itemsOfFolders(data: string): Promise<TrialItem[]> {
  const items: TrialItem[] = [];
  for (const { name, isFolder } of await entriesOf(data)) {
    if (!isFolder) continue;
    const folder = join(data, name);
    const item = await itemOfFolder(folder, NO_GROUP);
    if (item) items.push(item);
    for (const each of await entriesOf(folder)) {
      const inGroup = each.isFolder ? await itemOfFolder(join(folder, each.name), name) : undefined;
      if (inGroup) items.push(inGroup);
    }
  }
  return items;
}

/** @returns undefined of a folder that holds no image of a triplet */
async function itemOfFolder(folder: string, distortion: string): Promise<TrialItem | undefined> {
  const found = await imagesIn(folder);
  if (!found.has('p0') && !found.has('p1')) return undefined;
  const isPair = !found.has('ref');
  const task: Task = isPair ? 'jnd' : '2afc';
  const group = { task, split: isPair ? 'val' : 'train', distortion } as const;
  const images = PARTS[task].images.map((part) => [part, found.get(part)] as const);
  return itemOf(group, basename(folder), images, (part) => join(folder, `${part}.png`));
}

/** @throws LpipsError naming an image that is missing */
function itemOf(
  group: Pick<TrialItem, 'task' | 'split' | 'distortion'>,
  name: string,
  images: readonly (readonly [Part, string | undefined])[],
  missing: (part: Part) => string,
): TrialItem {
  for (const [part, path] of images) {
    if (path !== undefined) continue;
    const requirement = `a partner of the other images of ${name}`;
    const advice = 'Copy it, as PNG, JPEG or WebP, or delete its partners.';
    throw invalid('collect', requirement, missing(part), 'no such file', advice);
  }
  const found = Object.fromEntries(images) as unknown as TrialItem['images'];
  return { ...group, id: `${groupName(group)}/${name}`, name, images: found };
}

/**
 * The images of a folder by their names without ending.
 *
 * @throws LpipsError if there are two of a name
 */
async function imagesIn(folder: string): Promise<Map<string, string>> {
  const images = new Map<string, string>();
  for (const { name, isFolder } of await entriesOf(folder)) {
    const ending = extname(name);
    if (isFolder || !IMAGE_ENDINGS.includes(ending.toLowerCase())) continue;
    const path = join(folder, name);
    const key = basename(name, ending);
    const other = images.get(key);
    if (other !== undefined)
      throw invalid('collect', `no other image beside ${other}`, path, 'another ending');
    images.set(key, path);
  }
  return images;
}

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** What a folder holds but hidden files, sorted; nothing where there is no such folder. */
async function entriesOf(folder: string): Promise<Entry[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter(({ name }) => !name.startsWith('.'))
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw cannot('collect', `read ${folder}`, code ?? String(error), 'Check its permissions.');
  }
}
