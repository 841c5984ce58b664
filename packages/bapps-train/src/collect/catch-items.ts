/**
 * @module
 * Catch items of the researcher's own: triplets or pairs whose answer is known, from a CSV file
 *
 *     item,answer
 *     blur/000004,p1
 *
 * that names items of the folder, or from another folder of triplets or pairs with such a file, `answers.csv`. An item may be
 * named by its end alone, such as `000004`, where no other ends so.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { at, checkText, invalid } from 'lpips-core';
import { placeOf } from '../files/csv-lines.js';
import { readFileOf } from '../files/read-file.js';
import { judgementLines } from '../scores/judgement-columns.js';
import { ItemNames } from '../votes/item-names.js';
import { listTrialItems, type TrialItem } from '../votes/trial-items.js';
import { type Answer, answerOf, taskOf } from '../votes/vote-records.js';

/** Name of the file in a folder of catch items. */
const ANSWERS = 'answers.csv';

const MOST_BYTES = 2 ** 24;

/** An item with the answer that who looks gives. */
export interface CatchItem {
  readonly item: TrialItem;
  readonly known: Answer;
}

/**
 * Reads catch items.
 *
 * @param path a CSV file, or a folder with `answers.csv`
 * @param items those of the folder that people are asked about
 * @throws LpipsError naming a line that is no answer to an item, an item of the folder `path` without one, or one with the id of
 *   an item that people are asked about
 */
export async function readCatchItems(path: string, items: readonly TrialItem[]): Promise<CatchItem[]> {
  checkText('readCatchItems', 'path', path);
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true;
  const table = isFolder ? join(path, ANSWERS) : path;
  const about = { where: 'collect', what: 'a CSV file of catch items', mostBytes: MOST_BYTES };
  const text = (await readFileOf(table, about)).toString();
  const lines = judgementLines('collect', text, table, [['item', 'answer']]);
  const candidates = isFolder ? await listTrialItems(path) : items;
  const byId = new Map(candidates.map((item) => [item.id, item]));
  const names = new ItemNames(byId.keys());
  const found = new Map<string, Answer>();
  for (const [index, { item: name = '', answer = '' }] of lines.entries()) {
    const place = placeOf(index, table);
    const id = idNamed(name, names, place);
    if (found.has(id)) throw invalid('collect', 'one answer to an item', place, `a second to ${id}`);
    const known = answerOf(id, answer);
    if (known === undefined) {
      const answers = taskOf(id) === 'jnd' ? 'different or same' : 'p0 or p1';
      throw invalid('collect', answers, `answer of ${place}`, `"${answer}"`);
    }
    found.set(id, known);
  }
  if (isFolder) checkOthers(path, candidates, found, items);
  return [...found].flatMap(([id, known]) => {
    const item = byId.get(id);
    return item ? [{ item, known }] : [];
  });
}

function idNamed(name: string, names: ItemNames, place: string): string {
  const ids = names.named(name);
  if (ids.length === 1) return at(ids, 0);
  throw invalid('collect', 'an item such as 2afc/val/blur/000004', `item of ${place}`, names.describe(name));
}

/** @throws LpipsError naming an item without an answer, or one that stands in both folders */
function checkOthers(
  path: string,
  candidates: readonly TrialItem[],
  found: ReadonlyMap<string, Answer>,
  items: readonly TrialItem[],
): void {
  const without = candidates.find(({ id }) => !found.has(id));
  if (without) throw invalid('collect', `an answer to ${without.id}`, join(path, ANSWERS), 'none');
  const ids = new Set(items.map(({ id }) => id));
  const twice = candidates.find(({ id }) => ids.has(id));
  if (twice === undefined) return;
  const advice = 'Give its folder another name.';
  throw invalid('collect', 'other items than those of the folder', path, twice.id, advice);
}
