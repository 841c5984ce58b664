/**
 * @module
 * The columns of CSV files that say what people judged. Every reader of such files takes the same names: votes, votes counted, the
 * known answers of catch items, and shares beside distances.
 */
import { invalid } from 'lpips-core';
import { type CsvLine, csvLines } from '../files/csv-lines.js';

/** What else columns may be called. A column that a file lacks is the one that it has by the first of these names. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  item: ['triplet'],
  answer: ['choice', 'vote'],
  votes: ['raters', 'n'],
  share: ['judge'],
};

/** Columns of files with one line a vote, and of those with one line an item. */
export const VOTE_COLUMNS = ['item', 'rater', 'answer'] as const;
export const SHARE_COLUMNS = [
  ['item', 'share'],
  ['item', 'votes', 'yes'],
] as const;

/** Letters of a header in messages. */
const SHOWN = 200;

/** The columns of a header by the names above, in its order; those of other names as they are. */
export function namedColumns(header: readonly string[]): string[] {
  const named = new Map<string, string>();
  for (const [column, others] of Object.entries(OTHER_NAMES)) {
    const found = header.includes(column) ? undefined : others.find((name) => header.includes(name));
    if (found !== undefined) named.set(found, column);
  }
  return header.map((name) => named.get(name) ?? name);
}

/**
 * The lines of a file of judgements, by the names above.
 *
 * @param where function that reads, for messages
 * @param source name of the file, for messages
 * @param sets columns of which the file must have one set
 * @throws LpipsError if the text cannot be parsed, has no lines, or has none of the sets
 */
export function judgementLines(
  where: string,
  text: string,
  source: string,
  sets: readonly (readonly string[])[],
): CsvLine[] {
  return csvLines(where, text, source, (header) => {
    checkColumns(where, header, source, sets);
    return namedColumns(header);
  });
}

/** @throws LpipsError naming the columns of the header, and those of which it must have one set */
export function checkColumns(
  where: string,
  header: readonly string[],
  source: string,
  sets: readonly (readonly string[])[],
): void {
  const named = new Set(namedColumns(header));
  if (sets.some((columns) => columns.every((column) => named.has(column)))) return;
  const [first = []] = sets;
  const requirement = `the ${first.length === 1 ? 'column' : 'columns'} ${sets.map(listOf).join(', or ')}`;
  const others = [...new Set(sets.flat())].flatMap((column) => {
    const names = OTHER_NAMES[column];
    return names ? [`"${column}" may be called ${names.map((name) => `"${name}"`).join(' or ')}`] : [];
  });
  const got = header.join(', ').slice(0, SHOWN) || 'an empty file';
  throw invalid(where, requirement, source, got, others.length === 0 ? '' : `${listOf(others)}.`);
}

/** The items of a file, which may leave `2afc` and the split out. */
export function itemKey(item: string): string {
  return item.replace(/^2afc\//, '');
}

/** What a file says of an item, such as `blur/000004` of a split. */
export function saidOf<Said>(said: ReadonlyMap<string, Said>, split: string, item: string): Said | undefined {
  return said.get(`${split}/${item}`) ?? said.get(item);
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
