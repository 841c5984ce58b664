/**
 * @module
 * Several index files as one. Nothing is computed again, and no bound changes: the float16 numbers stay as they are. Rows that no
 * longer count are left out, and paths are written anew as they are seen from the folder of the result.
 */
import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { at, cannot, checkFunction, checkOptions, checkText, invalid, kindOf } from 'lpips-core';
import { checkSameHeader } from '../index-header.js';
import type { SearchIndex } from '../search-index.js';
import { fileFault, openIndexFile } from './file-source.js';
import { openWriter } from './index-writer.js';

/** Which images are joined. */
export interface JoinOptions {
  /** Whether an image belongs to the result, by its absolute path. Default: all do. */
  readonly keep?: (path: string) => boolean | Promise<boolean>;
}

/**
 * Joins index files of one kind. Of an image that several have, the last one's row counts. The result is there whole or not at
 * all, and may have the name of one of the files.
 *
 * @param parts paths of index files, at least one
 * @param out path of the result
 * @returns images of the result, at least one
 * @throws LpipsError where none is kept, or where a file cannot be read, or is of another kind than the first
 */
export async function joinIndexes(
  parts: readonly string[],
  out: string,
  options: JoinOptions = {},
): Promise<number> {
  const where = 'joinIndexes';
  const isList = Array.isArray(parts) && parts.length > 0 && parts.every((part) => typeof part === 'string');
  if (!isList) throw invalid(where, 'a list of index files', 'parts', kindOf(parts));
  checkText(where, 'out', out);
  checkOptions(where, options, ['keep']);
  const { keep } = options;
  checkFunction(where, 'keep', keep);
  const partOf = new Map<string, number>();
  const header = await withPart(at(parts, 0), async (index) => index.header);
  for (const [number, part] of parts.entries()) {
    await withPart(part, async (index) => {
      checkSameHeader(where, part, index.header, header);
      for (const { path } of index.entries) partOf.set(seenFrom(out, part, path), number);
    });
  }
  if (keep) {
    for (const path of partOf.keys()) {
      if (!(await keep(resolve(dirname(out), path)))) partOf.delete(path);
    }
    if (partOf.size === 0) throw cannot(where, `write ${out}`, 'no image would be left in it');
  }
  const temporary = join(dirname(out), `.${basename(out)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const writer = await openWriter(temporary, header, {
      patienceMs: Number.POSITIVE_INFINITY,
      name: out,
    });
    try {
      for (const [number, part] of parts.entries()) {
        await withPart(part, async (index) => {
          for await (const { row, summary } of index.summaries()) {
            const entry = at(index.entries, row);
            const path = seenFrom(out, part, entry.path);
            if (partOf.get(path) === number) await writer.add({ ...entry, path, summary });
          }
        });
      }
    } finally {
      await writer.close();
    }
    await rename(temporary, out);
  } catch (error) {
    await rm(temporary, { force: true });
    throw fileFault(where, out, error, 'write');
  }
  return partOf.size;
}

/** A path of an index, as another index has it. */
function seenFrom(out: string, part: string, path: string): string {
  return relative(resolve(dirname(out)), resolve(dirname(part), path))
    .split(sep)
    .join('/');
}

async function withPart<Result>(
  path: string,
  work: (index: SearchIndex) => Promise<Result>,
): Promise<Result> {
  const { index, close } = await openIndexFile(path);
  try {
    return await work(index);
  } finally {
    await close();
  }
}
