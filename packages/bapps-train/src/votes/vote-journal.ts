/**
 * @module
 * The journal of votes: an append-only file with one line a vote. A line counts once it is on the disk with its end, so that
 * what was acknowledged survives a kill and a power cut. A line that a kill cut off was never acknowledged, and is dropped.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { cannot } from 'lpips-core';
import { asOnlyWriter, translateDiskFault } from 'lpips-node/files';
import { findFileOf } from '../files/read-file.js';
import { type JournalRecord, parseRecord, recordIn } from './vote-records.js';

/** Name of the journal in the folder of the triplets. */
export const JOURNAL = 'votes.jsonl';

/** A million votes take about 250 MB. */
const MOST_BYTES = 2 ** 30;
const LINE_END = 0x0a;

/** What a journal holds. */
export interface JournalContents {
  readonly records: readonly JournalRecord[];
  /** Bytes of whole lines. */
  readonly bytes: number;
  /** Bytes behind them that are no whole line. */
  readonly torn: number;
  /** Whether the last line lacks its end, though it is whole otherwise. */
  readonly lacksEnd: boolean;
}

/** Path of the journal of a folder. */
export function journalOf(data: string): string {
  return join(data, JOURNAL);
}

/**
 * Reads the journal of a folder, which another process may be writing.
 *
 * @returns no records where there is no journal
 * @throws LpipsError naming a line that is damaged; a last line without its end is none
 */
export async function readJournal(data: string): Promise<JournalContents> {
  const path = journalOf(data);
  const about = { where: 'votes', what: 'a journal', mostBytes: MOST_BYTES };
  const bytes = (await findFileOf(path, about)) ?? Buffer.alloc(0);
  const end = bytes.lastIndexOf(LINE_END) + 1;
  const lines = bytes.toString('utf8', 0, end).split('\n');
  const records = lines.flatMap((line, index) =>
    line.trim() === '' ? [] : [parseRecord(line, `line ${index + 1} of ${path}`)],
  );
  const last = recordIn(bytes.toString('utf8', end));
  if (last === undefined) return { records, bytes: end, torn: bytes.length - end, lacksEnd: false };
  return { records: [...records, last], bytes: bytes.length, torn: 0, lacksEnd: true };
}

/** A journal that is open for more lines. */
export class VoteJournal {
  readonly path: string;
  readonly #file: FileHandle;
  /** Bytes of whole lines. */
  #bytes: number;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;

  private constructor(path: string, file: FileHandle, bytes: number) {
    this.path = path;
    this.#file = file;
    this.#bytes = bytes;
  }

  /**
   * Runs `work` with the journal of a folder, which nobody else writes meanwhile.
   *
   * @param work gets the journal and what it holds so far
   * @throws LpipsError if another process writes it, a line of it is damaged, or it cannot be written
   */
  static async use<Result>(
    data: string,
    where: string,
    work: (journal: VoteJournal, contents: JournalContents) => Promise<Result>,
  ): Promise<Result> {
    const path = journalOf(data);
    return await asOnlyWriter(join(data, '.votes.writer'), { where, what: path }, async () => {
      const contents = await readJournal(data);
      const file = await openForAppend(path, where);
      try {
        const journal = new VoteJournal(path, file, contents.bytes);
        if (contents.torn > 0) await file.truncate(contents.bytes);
        if (contents.lacksEnd) await journal.#write('\n');
        await file.sync();
        const result = await work(journal, contents);
        await journal.#flushing;
        return result;
      } finally {
        await file.close();
      }
    });
  }

  /**
   * Appends lines. Those that wait at the same time are written together.
   *
   * @returns once they are on the disk
   * @throws LpipsError if they cannot be written; the journal is then as it was
   */
  async append(...records: readonly JournalRecord[]): Promise<void> {
    if (records.length === 0) return;
    const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ text, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#write(batch.map(({ text }) => text).join(''));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        const fault = translateDiskFault(
          'votes',
          this.path,
          'Free some space. What was acknowledged is kept.',
          error,
        );
        for (const { reject } of batch) reject(fault);
      }
    }
    this.#flushing = undefined;
  }

  async #write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    try {
      await this.#file.appendFile(bytes);
      await this.#file.datasync();
    } catch (error) {
      await this.#file.truncate(this.#bytes).catch(() => undefined); // part of a line
      throw error;
    }
    this.#bytes += bytes.length;
  }
}

interface Waiting {
  readonly text: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

async function openForAppend(path: string, where: string): Promise<FileHandle> {
  try {
    return await open(path, 'a');
  } catch (error) {
    const fault = translateDiskFault(where, path, 'Choose another folder.', error);
    throw fault === error ? cannot(where, `write ${path}`, String(error)) : fault;
  }
}
