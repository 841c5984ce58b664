/**
 * @module
 * `lpips index`: the images of a folder become an index, or are added to one.
 */
import { join } from 'node:path';
import { DEFAULT_BACKGROUND, invalid } from 'lpips-core';
import { DEFAULT_CELLS, type IndexHeader, indexHeader } from 'lpips-search';
import type { Argv } from 'yargs';
import { EXIT, type ExitCode } from '../command-line/exit-code.js';
import { wholeNumber } from '../command-line/numbers.js';
import { startProgress, type Terminal } from '../command-line/terminal.js';
import type { LeftOutPath } from '../comparing/leave-out.js';
import { checkOutput } from '../files/write-atomically.js';
import { surveyFolder } from '../images/list-images.js';
import { type Indexed, indexImages } from '../searching/index-images.js';
import { headerOf, indexJson, metricOf } from './indexed-metric.js';
import { describeLeftOut, pathsOf, tellLeftOut } from './left-out.js';
import { type MetricArguments, metricOptions, type OpenMetric, openMetric } from './metric-options.js';
import { type ReadingArguments, readingOf, readingOptions } from './reading-options.js';
import { describeMetric, jsonTail, liteNote } from './report.js';

const COMMAND = 'lpips index';
/** Height and width of a new index, in pixels. */
const DEFAULT_SIZE = 64;

/** Arguments of `lpips index`. */
export interface IndexFolderArguments extends MetricArguments, ReadingArguments {
  readonly dir: string;
  readonly out: string;
  readonly size: number | undefined;
  readonly cells: number | undefined;
  readonly recursive: boolean;
}

/** Options and help of `lpips index`. */
export function indexFolderOptions<Options>(parser: Argv<Options>) {
  const count = (option: string) => (text: string | undefined) =>
    text === undefined ? undefined : wholeNumber(option, text, 1);
  return readingOptions(metricOptions(parser))
    .positional('dir', { describe: 'folder of images', type: 'string', demandOption: true })
    .option('out', {
      describe: 'index file, made or added to',
      string: true,
      requiresArg: true,
      demandOption: true,
    })
    .option('size', {
      describe: `height and width to which images are scaled, in pixels (new index: ${DEFAULT_SIZE})`,
      string: true,
      requiresArg: true,
      coerce: count('--size'),
    })
    .option('cells', {
      describe: `cells along each axis, 1 to 16 (new index: ${DEFAULT_CELLS})`,
      string: true,
      requiresArg: true,
      coerce: count('--cells'),
    })
    .option('recursive', { describe: 'enter folders inside', boolean: true, default: false })
    .example('lpips index photos/ --out photos.lpips', 'a new index')
    .example('lpips index more/ --out photos.lpips', 'more photographs in the same')
    .epilogue(
      'Each image passes the network once. Images that the index has already are not read again, so a run that was ' +
        'interrupted goes on where it was. An index takes the net, size and cells that it was made with; --size and ' +
        '--cells are for a new one.',
    );
}

/** Indexes the images of a folder. */
export async function runIndexFolder(options: IndexFolderArguments, terminal: Terminal): Promise<ExitCode> {
  const { dir, out, quiet } = options;
  const known = await headerOf(out);
  const { files, leftOut } = await surveyImages(options);
  await checkOutput(out, files);
  const metric = await openMetric(known ? metricOf(options, known) : options, terminal);
  const progress = startProgress(terminal, 'indexing', files.length, { unit: 'images', rate: true, quiet });
  try {
    const header = await headerFor(options, metric, known);
    const indexed = await indexImages(metric.lpips, files, out, header, (done) => progress.update(done));
    progress.stop();
    const all = [...leftOut, ...indexed.leftOut];
    if (!quiet) tellLeftOut(terminal, all);
    if (indexed.images === 0) throw nothingToIndex(dir, all);
    report(options, terminal, metric, header, { ...indexed, leftOut: all });
    return indexed.leftOut.length === 0 ? EXIT.done : EXIT.failed;
  } finally {
    progress.stop();
    metric.lpips.dispose();
  }
}

async function headerFor(
  options: IndexFolderArguments,
  { lpips }: OpenMetric,
  known: IndexHeader | undefined,
): Promise<IndexHeader> {
  const { size, cells } = options;
  const [width, height] = [size ?? known?.width ?? DEFAULT_SIZE, size ?? known?.height ?? DEFAULT_SIZE];
  const { background, ignoreProfile } = readingOf(options);
  return await indexHeader(lpips, {
    size: { width, height },
    cells: cells ?? known?.cells ?? DEFAULT_CELLS,
    reading: { background: background ?? DEFAULT_BACKGROUND, ignoreProfile: ignoreProfile ?? false },
  });
}

async function surveyImages({ dir, recursive }: IndexFolderArguments) {
  const found = await surveyFolder(dir, { recursive });
  const leftOut = pathsOf(dir, found.leftOut);
  if (found.images.length === 0) throw nothingToIndex(dir, leftOut);
  return { files: found.images.map((name) => join(dir, name)), leftOut };
}

function nothingToIndex(dir: string, leftOut: readonly LeftOutPath[]): Error {
  const lines = describeLeftOut(leftOut).map((line) => `${line}.`);
  const advice = lines.length > 0 ? lines.join(' ') : 'Put the images to search into one folder.';
  return invalid(COMMAND, 'at least one image', dir, 'none', advice);
}

function report(
  { out, json, quiet }: IndexFolderArguments,
  terminal: Terminal,
  metric: OpenMetric,
  header: IndexHeader,
  indexed: Indexed,
): void {
  const { lpips, backend, origin } = metric;
  if (json) {
    terminal.out(`${JSON.stringify({ ...indexJson(metric, out, header), ...indexed, ...jsonTail() })}\n`);
    return;
  }
  const { added, renewed, kept, images } = indexed;
  const { width, height, cells } = header;
  const others = [renewed > 0 ? `${renewed} renewed` : '', kept > 0 ? `${kept} kept` : ''].filter(Boolean);
  terminal.out(
    `${describeMetric(lpips, backend.name, origin)}, ${width}x${height}, ${cells}x${cells} cells\n` +
      `${images} ${images === 1 ? 'image' : 'images'} in ${out}: ${[`${added} added`, ...others].join(', ')}\n`,
  );
  if (!quiet) terminal.error(liteNote(lpips));
}
