/**
 * @module
 * Image files become an index: each passes the network once, at the size of the index. While a batch is computed, the next one is
 * decoded. An index grows: files that it has already are not read again, and a killed run goes on where it was.
 */
import { concat, type Tensor4D } from '@tensorflow/tfjs-core';
import {
  at,
  checkFunction,
  checkText,
  invalid,
  kindOf,
  Lpips,
  LpipsError,
  PEAK_BYTES_PER_PIXEL,
} from 'lpips-core';
import { type IndexEntry, type IndexedImage, type IndexHeader, summary } from 'lpips-search';
import { type IndexWriter, openWriter } from 'lpips-search/node';
import type { LeftOutPath } from '../comparing/leave-out.js';
import { codeOf } from '../errors/foreign-error.js';
import { asOnlyWriter } from '../files/only-writer.js';
import { replaceFile } from '../files/replace-file.js';
import { entryOf, isUnchanged, readForIndex } from './indexed-files.js';

/** Most images of a batch; more are no faster. */
const MOST_IMAGES = 16;
/** Memory that the features of a batch may take. */
const BATCH_BYTES = 400e6;

/** What became of the files. */
export interface Indexed {
  /** Files that the index did not have. */
  readonly added: number;
  /** Files that had changed since they were indexed. */
  readonly renewed: number;
  /** Files that the index had as they are. */
  readonly kept: number;
  /** Files that cannot be read. */
  readonly leftOut: readonly LeftOutPath[];
  /** Images of the index now. */
  readonly images: number;
}

/** A file that is to be summarised. */
export interface WantedFile {
  readonly file: string;
  readonly entry: IndexEntry;
}

/**
 * Adds image files to an index, or makes it.
 *
 * @param path of the index
 * @param header what it is of
 * @param onIndexed called after each batch with the files that are done, kept ones included
 * @throws LpipsError where the index is of something else or cannot be written, or where another run writes it
 */
export async function indexImages(
  lpips: Lpips,
  files: readonly string[],
  path: string,
  header: IndexHeader,
  onIndexed?: (done: number) => void,
): Promise<Indexed> {
  checkArguments('indexImages', lpips, files, path, onIndexed);
  return await asOnlyWriter(`${path}.writer`, { where: 'index', what: path }, async () => {
    const writer = await openWriter(path, header);
    try {
      return await addImages(lpips, files, path, writer, onIndexed);
    } finally {
      await writer.close();
    }
  });
}

/**
 * Makes the index of some files that belong together with others: a part. It stands under its name once it is whole, so whoever
 * finds it there may join it. Until then it grows as `<path>.partial`, and a killed run goes on with it.
 *
 * @throws LpipsError as `indexImages`
 */
export async function indexPart(
  lpips: Lpips,
  files: readonly string[],
  path: string,
  header: IndexHeader,
  onIndexed?: (done: number) => void,
): Promise<Indexed> {
  checkArguments('indexPart', lpips, files, path, onIndexed);
  const partial = `${path}.partial`;
  const indexed = await indexImages(lpips, files, partial, header, onIndexed);
  await replaceFile(partial, path);
  return indexed;
}

function checkArguments(
  where: string,
  lpips: unknown,
  files: unknown,
  path: unknown,
  onIndexed: unknown,
): void {
  if (!(lpips instanceof Lpips))
    throw invalid(where, 'an Lpips', 'lpips', kindOf(lpips), 'loadLpips makes one.');
  const isList = Array.isArray(files) && files.every((file) => typeof file === 'string');
  if (!isList) throw invalid(where, 'a list of paths', 'files', kindOf(files));
  checkText(where, 'path', path);
  checkFunction(where, 'onIndexed', onIndexed);
}

async function addImages(
  lpips: Lpips,
  files: readonly string[],
  path: string,
  writer: IndexWriter,
  onIndexed?: (done: number) => void,
): Promise<Indexed> {
  const { index } = writer;
  const known = new Map(index.entries.map((entry) => [entry.path, entry]));
  const leftOut: LeftOutPath[] = [];
  const wanted: WantedFile[] = [];
  let kept = 0;
  for (const file of new Set(files)) {
    const entry = await entryOf(path, file).catch((error: unknown) => {
      if (codeOf(error) === undefined) throw error;
      leftOut.push({ path: file, reason: 'it is no longer there' });
    });
    if (!entry) continue;
    if (isUnchanged(entry, known.get(entry.path))) kept++;
    else wanted.push({ file, entry });
  }
  let [added, renewed] = [0, 0];
  let done = kept;
  onIndexed?.(done);
  for await (const { images, read } of summarizedFiles(lpips, wanted, index.header, leftOut)) {
    for (const image of images) {
      await writer.add(image);
      if (known.has(image.path)) renewed++;
      else added++;
    }
    done += read;
    onIndexed?.(done);
  }
  return { added, renewed, kept, leftOut, images: index.count + added };
}

/**
 * The summaries of files, batch by batch, in their order.
 *
 * @param leftOut gets the files that cannot be read
 */
export async function* summarizedFiles(
  lpips: Lpips,
  wanted: readonly WantedFile[],
  header: IndexHeader,
  leftOut: LeftOutPath[],
): AsyncGenerator<{ readonly images: readonly IndexedImage[]; readonly read: number }> {
  for await (const batch of readAhead(wanted, header, batchSize(lpips, header), leftOut)) {
    const found = batch.filter(({ image }) => image !== undefined);
    const summaries = await summarizeAll(lpips, found, header.cells);
    const images = summaries.map((own, place) => ({ ...at(found, place).entry, summary: own }));
    yield { images, read: batch.length };
  }
}

interface Read extends WantedFile {
  readonly image: Tensor4D | undefined;
}

/** Batches in order; while one is used, the next is read. */
async function* readAhead(
  wanted: readonly WantedFile[],
  header: IndexHeader,
  size: number,
  leftOut: LeftOutPath[],
): AsyncGenerator<readonly Read[]> {
  const read = (start: number) =>
    Promise.all(
      wanted
        .slice(start, start + size)
        .map(async (one) => ({ ...one, image: await readOne(one, header, leftOut) })),
    );
  let reading = read(0);
  try {
    for (let start = 0; start < wanted.length; start += size) {
      const batch = await reading;
      reading = read(start + size);
      yield batch;
    }
  } finally {
    const unused = await reading.catch(() => []);
    for (const { image } of unused) image?.dispose();
  }
}

async function readOne(
  { file }: WantedFile,
  header: IndexHeader,
  leftOut: LeftOutPath[],
): Promise<Tensor4D | undefined> {
  try {
    return await readForIndex(file, header);
  } catch (error) {
    if (!(error instanceof LpipsError)) throw error;
    leftOut.push({ path: file, reason: error.message });
    return undefined;
  }
}

/** Summaries of a batch, whose images are disposed. */
async function summarizeAll(lpips: Lpips, batch: readonly Read[], cells: number) {
  const images = batch.flatMap(({ image }) => image ?? []);
  const [first] = images;
  if (first === undefined) return [];
  const together = images.length === 1 ? first : (concat(images, 0) as Tensor4D);
  try {
    return await summary(lpips, together, { range: [-1, 1], cells });
  } finally {
    for (const image of images) image.dispose();
    if (together !== first) together.dispose();
  }
}

/** Images of this index that pass the network at once. */
export function batchSize({ net }: Lpips, { width, height }: IndexHeader): number {
  const each = width * height * PEAK_BYTES_PER_PIXEL[net];
  return Math.max(1, Math.min(MOST_IMAGES, Math.floor(BATCH_BYTES / each)));
}
