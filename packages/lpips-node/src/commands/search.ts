/**
 * @module
 * `lpips search`: the images of an index that look most like one image, or all within a distance of it.
 */
import { at, printable } from 'lpips-core';
import { DEFAULT_RERANK, type Found, findNearest, findWithin, summary } from 'lpips-search';
import type { Argv } from 'yargs';
import { EXIT, type ExitCode, UsageError } from '../command-line/exit-code.js';
import { countOption, numberWithin } from '../command-line/numbers.js';
import { startProgress, type Terminal } from '../command-line/terminal.js';
import { makeFeatures } from '../comparing/compare-images.js';
import type { LeftOutPath } from '../comparing/leave-out.js';
import { pathFromHere, readForIndex } from '../searching/indexed-files.js';
import { measureTo } from '../searching/measure-indexed.js';
import { type IndexArguments, indexJson, indexOptions, type OpenIndex, withIndex } from './indexed-metric.js';
import { tellLeftOut } from './left-out.js';
import { describeMetric, formatDistance, jsonTail, liteNote, tellNote } from './report.js';

const COMMAND = 'lpips search';

/** Arguments of `lpips search`. */
export interface SearchArguments extends IndexArguments {
  readonly query: string;
  readonly count: number;
  readonly within: number | undefined;
  readonly rerank: number;
  readonly exact: boolean;
}

/** Options and help of `lpips search`. */
export function searchOptions<Options>(parser: Argv<Options>) {
  return indexOptions(parser)
    .positional('query', { describe: 'image to search for', type: 'string', demandOption: true })
    .option('count', countOption('--count', 'how many images', 10, 1))
    .option('within', {
      describe: 'all images at most this far, instead of --count; always exact',
      string: true,
      requiresArg: true,
      coerce: (text: string | undefined) =>
        text === undefined ? undefined : numberWithin('--within', text, 0, Number.POSITIVE_INFINITY),
    })
    .option(
      'rerank',
      countOption('--rerank', 'images with the best estimates whose distances are computed', DEFAULT_RERANK),
    )
    .option('exact', { describe: 'go on until the answer is proven', boolean: true, default: false })
    .example('lpips search query.jpg photos.lpips', 'the ten nearest')
    .example('lpips search query.jpg photos.lpips --within 0.1', 'every near-duplicate')
    .epilogue(
      'All images are ranked by an estimate, and the distances of the best are computed from their files. "proven" says that ' +
        'the lower bounds of all others exclude them. Distances are those of images that are scaled to the size of the index.',
    );
}

/** Searches an index and prints what is found. */
export async function runSearch(options: SearchArguments, terminal: Terminal): Promise<ExitCode> {
  const { within, exact } = options;
  if (within !== undefined && exact) {
    throw new UsageError('cannot use --exact with --within: all images within a distance are always exact.');
  }
  return await withIndex(COMMAND, options, terminal, async (opened) => {
    const leftOut: LeftOutPath[] = [];
    const found = await search(opened, options, terminal, leftOut);
    if (!options.quiet) tellLeftOut(terminal, leftOut);
    report(opened, options, terminal, found, leftOut);
    return leftOut.length === 0 ? EXIT.done : EXIT.failed;
  });
}

async function search(
  { lpips, index }: OpenIndex,
  { query, index: path, count, within, rerank, exact, quiet }: SearchArguments,
  terminal: Terminal,
  leftOut: LeftOutPath[],
): Promise<Found> {
  const features = await makeFeatures(lpips, await readForIndex(query, index.header));
  const progress = startProgress(terminal, 'computing', Math.min(rerank, index.count), {
    unit: 'images',
    quiet,
  });
  try {
    const vector = at(await summary(lpips, features, { cells: index.header.cells }), 0);
    const measure = measureTo(features, { lpips, index, path, leftOut });
    let done = 0;
    const onComputed = (images: number) => {
      done = images;
      progress.update(done);
    };
    if (within !== undefined) {
      const onPlan = (images: number) => progress.update(0, images);
      return await findWithin(index, vector, within, measure, { onPlan, onComputed });
    }
    const onPlan = (most: number) => {
      progress.update(done, done + most);
      if (!quiet) tellNote(terminal, `up to ${most} of ${index.count} images are still to be computed`);
    };
    return await findNearest(index, vector, measure, { k: count, rerank, exact, onPlan, onComputed });
  } finally {
    progress.stop();
    features.dispose();
  }
}

function report(
  opened: OpenIndex,
  { query, index: path, within, json, quiet }: SearchArguments,
  terminal: Terminal,
  { hits, proven, examined }: Found,
  leftOut: readonly LeftOutPath[],
): void {
  const { lpips, backend, origin, index } = opened;
  const named = hits.map(({ row, distance }) => ({
    image: pathFromHere(path, at(index.entries, row).path),
    distance,
  }));
  if (json) {
    const head = { ...indexJson(opened, path, index.header), query, ...(within !== undefined && { within }) };
    const result = { ...head, hits: named, proven, examined, images: index.count, leftOut, ...jsonTail() };
    terminal.out(`${JSON.stringify(result)}\n`);
    return;
  }
  const rows = named.map(({ image, distance }) => `${formatDistance(distance)}  ${printable(image)}\n`);
  const { width, height } = index.header;
  terminal.out(`${describeMetric(lpips, backend.name, origin)} at ${width}x${height}\n${rows.join('')}`);
  if (quiet) return;
  const verdict = proven
    ? 'proven: no other image is nearer'
    : 'not proven: an image that was not computed may be nearer; --exact goes on until it is proven';
  const whole = within === undefined ? verdict : `proven: no other image is within ${within}`;
  tellNote(terminal, `${whole} (${examined} of ${index.count} images computed)`);
  terminal.error(liteNote(lpips));
}
