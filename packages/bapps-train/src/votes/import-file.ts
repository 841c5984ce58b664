/**
 * @module
 * What is imported into a folder: votes or shares from a CSV file, NIGHTS, or a folder of triplets. The kind is told by the file
 * itself. A file is checked whole before any of it is kept, and what is there already is not added again.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { at, invalid } from 'lpips-core';
import { readFileOf } from '../files/read-file.js';
import { judgementLines, SHARE_COLUMNS, VOTE_COLUMNS } from '../scores/judgement-columns.js';
import { importItems, isNights, NIGHTS_IMAGES, nightsTriplets } from './import-triplets.js';
import { ItemNames } from './item-names.js';
import { findTrialItems, listTrialItems } from './trial-items.js';
import { sharesFromCsv, votesFromCsv } from './vote-csv.js';
import { JOURNAL, VoteJournal } from './vote-journal.js';
import { VoteLog } from './vote-log.js';
import type { JournalRecord } from './vote-records.js';

const MOST_BYTES = 256e6;
/** Lines that are written at once. */
const CHUNK = 10_000;

/** What came of an import. */
export interface Imported {
  /** Triplets and pairs whose images are new in the folder. */
  readonly items: number;
  /** New lines of the journal. */
  readonly lines: number;
  /** Lines that say what the journal says already. */
  readonly known: number;
  /** Votes counted on each item where the shares do not say how many there are: the least number that gives them. */
  readonly assumed?: number;
}

/**
 * Imports a file, or a folder of triplets.
 *
 * @param data folder of the triplets and votes, which `from` adds to; made if it is missing
 * @throws LpipsError naming what does not fit, or if a server collects votes in the folder
 */
export async function importInto(
  data: string,
  from: string,
  onProgress?: (done: number, total: number) => void,
): Promise<Imported> {
  const time = new Date().toISOString();
  const isFolder = (await stat(from).catch(() => undefined))?.isDirectory() === true;
  const table = isFolder ? join(from, 'data.csv') : from;
  const isTable = !isFolder || (await readdir(from)).includes('data.csv');
  if (!isTable) {
    await checkLayout(data);
    const items = await importItems(data, await listTrialItems(from), onProgress);
    return { items, lines: 0, known: 0 };
  }
  const about = { where: 'votes', what: 'a CSV file or a folder of triplets', mostBytes: MOST_BYTES };
  const text = (await readFileOf(table, about)).toString();
  const lines = judgementLines('votes', text, table, [VOTE_COLUMNS, ...SHARE_COLUMNS, NIGHTS_IMAGES]);
  if (isNights(lines)) {
    await checkLayout(data);
    const { items, shares } = nightsTriplets(table, lines, time);
    const made = await importItems(data, items, onProgress);
    return { items: made, ...(await appendNew(data, shares)) };
  }
  const items = new ItemNames((await listTrialItems(data)).map(({ id }) => id));
  const context = { source: basename(table), items, time };
  const isVotes = VOTE_COLUMNS.every((column) => column in at(lines, 0));
  const records = isVotes ? votesFromCsv(lines, context) : sharesFromCsv(lines, context);
  const [first] = records;
  const assumed = first?.kind === 'shares' && !('votes' in at(lines, 0)) ? { assumed: first.votes } : {};
  return { items: 0, ...(await appendNew(data, records)), ...assumed };
}

/** Appends the records that say something new. */
async function appendNew(
  data: string,
  records: readonly JournalRecord[],
): Promise<{ lines: number; known: number }> {
  return await VoteJournal.use(data, 'votes', async (journal, contents) => {
    const log = new VoteLog(contents.records);
    const fresh = records.filter((record) => {
      if (!log.isNew(record)) return false;
      log.add(record);
      return true;
    });
    for (let start = 0; start < fresh.length; start += CHUNK) {
      await journal.append(...fresh.slice(start, start + CHUNK));
    }
    return { lines: fresh.length, known: records.length - fresh.length };
  });
}

/** @throws LpipsError if the folder has a folder for each triplet, beside which another layout would not be seen */
async function checkLayout(data: string): Promise<void> {
  const items = await findTrialItems(data);
  const names = await readdir(data).catch((): string[] => []);
  if (items.length === 0 || names.includes('2afc') || names.includes('jnd')) return;
  const requirement = `a folder in the layout of BAPPS, or one with nothing but ${JOURNAL},`;
  throw invalid('votes', requirement, data, 'a folder for each triplet', 'Import into another folder.');
}
