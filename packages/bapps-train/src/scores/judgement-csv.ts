/**
 * @module
 * Judgements and distances in CSV files, so that scores need no images: one file for each distortion, one line for each
 * triplet, with the columns `id`, `judge` and, for every metric, `<metric>_d0` and `<metric>_d1`, and `votes` where it is known how
 * many people judged the triplet (`judgement-columns.ts` says what else they may be called). Time and memory are bounded by the size
 * of the file, which has at most 256 MB and 4096 columns.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { at, checkText, invalid } from 'lpips-core';
import { placeOf } from '../files/csv-lines.js';
import { readFileOf } from '../files/read-file.js';
import { checkColumns, namedColumns } from './judgement-columns.js';
import { countedVotes } from './read-shares.js';
import type { JudgedDistances } from './two-afc.js';

const MOST_BYTES = 256e6;
/** In messages. */
const SHOWN_COLUMNS = 20;
/** A metric has two, and takes 8 KB of resampled scores for each distortion. */
const MOST_COLUMNS = 4096;

/** The triplets of one distortion, and their distances by every metric. */
export interface JudgementTable {
  /** Name of the file without `.csv`. */
  readonly distortion: string;
  readonly judge: Float64Array;
  readonly distances: ReadonlyMap<string, Pick<JudgedDistances, 'd0' | 'd1'>>;
  /** How many people judged each triplet, where the file says it. */
  readonly counts?: readonly number[];
}

/**
 * Reads a CSV file of judgements, or all `.csv` files of a folder, sorted by name.
 *
 * @throws LpipsError if there is none, if a file cannot be parsed, lacks a column, has no lines or a judgement outside
 *   [0, 1], or if the files name different metrics
 */
export async function readJudgements(path: string): Promise<JudgementTable[]> {
  checkText('readJudgements', 'path', path);
  const files = await csvFiles(path);
  const tables: JudgementTable[] = [];
  for (const file of files) {
    const about = { where: 'readJudgements', what: 'a CSV file', mostBytes: MOST_BYTES };
    const table = parseJudgements((await readFileOf(file, about)).toString(), file);
    const metrics = metricsOf(table);
    const known = metricsOf(tables[0] ?? table);
    if (metrics !== known) {
      throw invalid('readJudgements', `the metrics of ${at(files, 0)} (${known})`, file, metrics);
    }
    tables.push(table);
  }
  return tables;
}

/**
 * @param source name of the file, for messages
 * @throws LpipsError as `readJudgements`
 */
export function parseJudgements(text: string, source: string): JudgementTable {
  checkText('parseJudgements', 'text', text);
  checkText('parseJudgements', 'source', source);
  const firstLine = text.slice(0, text.indexOf('\n') >>> 0);
  checkWidth(firstLine.split(',').length, source); // before all else, since parsing takes a microsecond for each letter
  const [header = [], ...lines] = parseLines(text, source);
  checkWidth(header.length, source); // a quoted name may have several lines
  checkColumns('readJudgements', header, source, [['share']]);
  const names = namedColumns(header);
  const places = new Map(names.map((name, place) => [name, place]));
  const column = (name: string) => {
    const place = places.get(name);
    if (place !== undefined) return place;
    const more = header.length > SHOWN_COLUMNS ? ' …' : '';
    const got = `${header.slice(0, SHOWN_COLUMNS).join(', ')}${more}`;
    throw invalid('readJudgements', `a column "${name}"`, source, got);
  };
  if (places.size < header.length) {
    const twice = names.find((name, place) => places.get(name) !== place) ?? '';
    throw invalid('readJudgements', 'each column once', source, `"${twice}" twice`);
  }
  const metrics = header.filter((name) => name.endsWith('_d0')).map((name) => name.slice(0, -'_d0'.length));
  if (metrics.length === 0) {
    const requirement = 'columns "<metric>_d0" and "<metric>_d1"';
    throw invalid('readJudgements', requirement, source, header.slice(0, SHOWN_COLUMNS).join(', '));
  }
  if (lines.length === 0) throw invalid('readJudgements', 'judgements', source, 'a header alone');
  const numbers = (place: number, requirement: string, fits: (value: number) => boolean) =>
    Float64Array.from(lines, (fields, index) => {
      const field = at(fields, place);
      const value = field.trim() === '' ? Number.NaN : Number(field);
      if (fits(value)) return value;
      const argument = `${at(header, place)} of ${placeOf(index, source)}`;
      throw invalid('readJudgements', requirement, argument, `"${field}"`);
    });
  const distances = metrics.map((metric) => {
    const of = (side: 'd0' | 'd1') => numbers(column(`${metric}_${side}`), 'a number', Number.isFinite);
    return [metric, { d0: of('d0'), d1: of('d1') }] as const;
  });
  const judge = numbers(column('share'), 'a share in [0, 1]', (value) => value >= 0 && value <= 1);
  const votesColumn = places.get('votes');
  const counts =
    votesColumn === undefined ? [] : numbers(votesColumn, 'a number of votes', (one) => one >= 1);
  for (const [index, votes] of counts.entries()) {
    const yes = votes * at(judge, index);
    if (countedVotes(votes, yes) === undefined)
      throw invalid(
        'readJudgements',
        'a whole number of votes',
        placeOf(index, source),
        `${yes} of ${votes}`,
      );
  }
  return {
    distortion: basename(source, '.csv'),
    judge,
    distances: new Map(distances),
    ...(votesColumn !== undefined && { counts: [...counts] }),
  };
}

function checkWidth(count: number, source: string): void {
  if (count <= MOST_COLUMNS) return;
  throw invalid('readJudgements', `at most ${MOST_COLUMNS} columns`, source, `${count}`);
}

/** RFC 4180; every line has as many fields as the first. */
function parseLines(text: string, source: string): string[][] {
  try {
    return parse(text, { bom: true, skip_empty_lines: true });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw invalid('readJudgements', 'a CSV file', source, `a fault in it (${error.message})`);
  }
}

async function csvFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    throw invalid('readJudgements', 'a CSV file or a folder of them', path, 'nothing', 'Check the path.');
  }
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => name.endsWith('.csv') && !name.startsWith('.')).sort();
  if (names.length > 0) return names.map((name) => join(path, name));
  throw invalid('readJudgements', 'a folder of CSV files', path, 'a folder without any', 'Check the path.');
}

function metricsOf({ distances }: JudgementTable): string {
  return [...distances.keys()].join(', ');
}
