/**
 * @module
 * `lpips export`: the vectors of an index for a vector database.
 */
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { at, printable } from 'lpips-core';
import { npyOfIndex } from 'lpips-search';
import { openIndexFile } from 'lpips-search/node';
import type { Argv } from 'yargs';
import { EXIT, type ExitCode, UsageError } from '../command-line/exit-code.js';
import { jsonOption } from '../command-line/flags.js';
import type { Terminal } from '../command-line/terminal.js';
import { translateDiskFault } from '../files/disk-faults.js';
import { replaceFile } from '../files/replace-file.js';
import { checkOutput, writeAtomically } from '../files/write-atomically.js';
import { pathFromHere } from '../searching/indexed-files.js';
import { jsonTail } from './report.js';

/** Arguments of `lpips export`. */
export interface ExportArguments {
  readonly index: string;
  readonly out: string;
  readonly json: boolean;
}

/** Options and help of `lpips export`. */
export function exportOptions<Options>(parser: Argv<Options>) {
  return parser
    .positional('index', { describe: 'index file', type: 'string', demandOption: true })
    .option('out', {
      describe: 'NumPy file (.npy), float32, one row for each image; the images are listed beside it (.json)',
      string: true,
      requiresArg: true,
      demandOption: true,
      coerce: (path: string) => {
        if (path.endsWith('.npy')) return path;
        throw new UsageError(`expected a name that ends in .npy for --out, got "${path}".`);
      },
    })
    .option('json', jsonOption)
    .example('lpips export photos.lpips --out photos.npy', 'for usearch, FAISS or pgvector')
    .epilogue(
      'The squared Euclidean distance of these vectors ranks images as lpips search does. For a query, take its row and ' +
        'set the last number to 0.',
    );
}

/** Writes the vectors of an index, and the list of its images. */
export async function runExport(
  { index: path, out, json }: ExportArguments,
  terminal: Terminal,
): Promise<ExitCode> {
  const list = `${out.slice(0, -'.npy'.length)}.json`;
  for (const file of [out, list]) await checkOutput(file, [path]);
  const { index, close } = await openIndexFile(path);
  const partial = `${out}.partial`;
  try {
    await pipeline(npyOfIndex(index), createWriteStream(partial));
    await replaceFile(partial, out);
  } catch (error) {
    await rm(partial, { force: true });
    throw translateDiskFault('output', out, 'Choose another folder.', error);
  } finally {
    await close();
  }
  const rows = Array.from(index.entries.keys()).filter((row) => index.isCurrent(row));
  const images = rows.map((row) => pathFromHere(path, at(index.entries, row).path));
  const { net, version, width, height, cells } = index.header;
  await writeAtomically(
    list,
    `${JSON.stringify({ net, version, size: { width, height }, cells, images })}\n`,
  );
  const numbers = index.header.half + 1;
  if (json) {
    terminal.out(
      `${JSON.stringify({ vectors: out, list, images: images.length, numbers, ...jsonTail() })}\n`,
    );
  } else {
    terminal.out(
      `${images.length} vectors of ${numbers} numbers in ${printable(out)}, their images in ${printable(list)}\n`,
    );
  }
  return EXIT.done;
}
