/**
 * @module
 * Triplets of other folders become those of a data set in the layout of BAPPS: any folder that can be collected on, and NIGHTS
 * (Fu et al. 2023). Its `data.csv` names three images a line, how many people voted, and which side all of them chose, in the
 * columns that its authors' loader reads (github.com/ssundaram21/dreamsim, dataset/dataset.py). An image is written whole or not
 * at all, so that an import that was interrupted goes on when it is run again.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, extname, join, resolve, sep } from 'node:path';
import { invalid } from 'lpips-core';
import { writeAtomically } from 'lpips-node/files';
import { groupName, PARTS, type Split, splitFolder } from '../data-set/layout.js';
import type { CsvLine } from '../files/csv-lines.js';
import { exists } from '../files/exists.js';
import { toPng } from '../synthesize/items.js';
import { readPictures } from './item-pictures.js';
import type { TrialItem } from './trial-items.js';
import type { SharesRecord } from './vote-records.js';

/** The columns of NIGHTS that are read; it has `left_vote`, `is_imagenet` and `prompt` besides. */
const NIGHTS_COLUMNS = ['id', 'right_vote', 'votes', 'ref_path', 'left_path', 'right_path', 'split'];

/** Of them those that no other table has. */
export const NIGHTS_IMAGES = ['ref_path', 'left_path', 'right_path'] as const;

/** Whether these are the lines of the table of NIGHTS. */
export function isNights(lines: readonly CsvLine[]): boolean {
  const [first = {}] = lines;
  return NIGHTS_IMAGES.every((column) => column in first);
}

/**
 * The triplets of NIGHTS, and how people judged them. The splits `train` and `val` keep their names; `test` is held out beside
 * `val`. The left image is p0.
 *
 * @param table path of `data.csv`, beside which the folders of images are
 * @throws LpipsError naming a line that lacks a column, or whose images lie outside of the folder
 */
export function nightsTriplets(
  table: string,
  lines: readonly CsvLine[],
  time: string,
): { items: TrialItem[]; shares: SharesRecord[] } {
  const root = resolve(dirname(table));
  const items: TrialItem[] = [];
  const shares: SharesRecord[] = [];
  for (const [index, line] of lines.entries()) {
    const place = `line ${index + 2} of ${table}`;
    const value = (column: string): string => {
      const found = line[column];
      if (found !== undefined && found !== '') return found;
      throw invalid('votes', `columns ${NIGHTS_COLUMNS.join(', ')}`, place, `no ${column}`);
    };
    const image = (column: string): string => {
      const path = resolve(root, value(column));
      if (path.startsWith(join(root, sep))) return path; // a root may be C:\\
      throw invalid('votes', `a path below ${root}`, `${column} of ${place}`, value(column));
    };
    const part = value('split');
    const split: Split = part === 'train' ? 'train' : 'val';
    const distortion = part === split ? 'nights' : `nights-${part}`;
    const name = value('id');
    if (!/^\w+$/.test(name) || !/^\w+$/.test(part)) {
      throw invalid('votes', 'letters and digits', `id and split of ${place}`, `"${name}" and "${part}"`);
    }
    const group = { task: '2afc', split, distortion } as const;
    const id = `${groupName(group)}/${name}`;
    const images = { ref: image('ref_path'), p0: image('left_path'), p1: image('right_path') };
    items.push({ ...group, id, name, images });
    const votes = Number(value('votes'));
    const right = Number(value('right_vote'));
    if (!Number.isSafeInteger(votes) || votes < 0 || !(right === 0 || right === 1)) {
      throw invalid(
        'votes',
        'a number of votes, and 0 or 1',
        `votes and right_vote of ${place}`,
        `${votes} and ${right}`,
      );
    }
    if (votes > 0)
      shares.push({ kind: 'shares', item: id, votes, yes: right * votes, source: 'NIGHTS', time });
  }
  return { items, shares };
}

/**
 * Copies the images of items into a data set, as PNG. Items whose images are there already are left as they are.
 *
 * @returns how many items were new
 * @throws LpipsError naming an image that is missing, damaged, or of another size than its partners
 */
export async function importItems(
  data: string,
  items: readonly TrialItem[],
  onProgress?: (done: number, total: number) => void,
): Promise<number> {
  let made = 0;
  for (const [done, item] of items.entries()) {
    if (await importItem(data, item)) made++;
    onProgress?.(done + 1, items.length);
  }
  return made;
}

async function importItem(data: string, item: TrialItem): Promise<boolean> {
  const { task, split, distortion, name } = item;
  const folder = join(splitFolder(data, task, split), distortion);
  const parts = PARTS[task].images;
  const places = parts.map((part) => join(folder, part, `${name}.png`));
  if ((await Promise.all(places.map(exists))).every((isThere) => isThere)) return false;
  const pictures = await readPictures(item);
  for (const [index, part] of parts.entries()) {
    const [place, picture, path] = [places[index], pictures[part], item.images[part]];
    if (place === undefined || picture === undefined || path === undefined) continue;
    await mkdir(dirname(place), { recursive: true });
    await writeAtomically(place, extname(path) === '.png' ? await readFile(path) : await toPng(picture));
  }
  return true;
}
