/**
 * @module
 * `lpips index`: the images of folders become an index, or are added to one.
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
export interface IndexFoldersArguments extends MetricArguments, ReadingArguments {
  readonly dirs: readonly string[];
  readonly out: string;
  readonly size: number | undefined;
  readonly cells: number | undefined;
  readonly recursive: boolean;
}

/** Options and help of `lpips index`. */
export function indexFoldersOptions<Options>(parser: Argv<Options>) {
  const count = (option: string) => (text: string | undefined) =>
    text === undefined ? undefined : wholeNumber(option, text, 1);
  return readingOptions(metricOptions(parser))
    .positional('dirs', { describe: 'folders of images', type: 'string', array: true, demandOption: true })
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

/** Indexes the images of folders. */
export async function runIndexFolders(options: IndexFoldersArguments, terminal: Terminal): Promise<ExitCode> {
  const { dirs, out, quiet } = options;
  const known = await headerOf(out);
  const { files, leftOut } = await surveyAll(options);
  await checkOutput(out, files);
  const metric = await openMetric(known ? metricOf(options, known) : options, terminal);
  const progress = startProgress(terminal, 'indexing', files.length, { unit: 'images', rate: true, quiet });
  try {
    const header = await headerFor(options, metric, known);
    const indexed = await indexImages(metric.lpips, files, out, header, (done) => progress.update(done));
    progress.stop();
    const all = [...leftOut, ...indexed.leftOut];
    if (!quiet) tellLeftOut(terminal, all);
    if (indexed.images === 0) throw nothingToIndex(dirs, all);
    report(options, terminal, metric, header, { ...indexed, leftOut: all });
    return indexed.leftOut.length === 0 ? EXIT.done : EXIT.failed;
  } finally {
    progress.stop();
    metric.lpips.dispose();
  }
}

async function headerFor(
  options: IndexFoldersArguments,
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

async function surveyAll({ dirs, recursive }: IndexFoldersArguments) {
  const files: string[] = [];
  const leftOut: LeftOutPath[] = [];
  for (const dir of dirs) {
    const found = await surveyFolder(dir, { recursive });
    for (const name of found.images) files.push(join(dir, name));
    leftOut.push(...pathsOf(dir, found.leftOut));
  }
  if (files.length === 0) throw nothingToIndex(dirs, leftOut);
  return { files, leftOut };
}

function nothingToIndex(dirs: readonly string[], leftOut: readonly LeftOutPath[]): Error {
  const lines = describeLeftOut(leftOut).map((line) => `${line}.`);
  const advice = lines.length > 0 ? lines.join(' ') : 'Name a folder of images.';
  return invalid(COMMAND, 'at least one image', dirs.join(', '), 'none', advice);
}

function report(
  { out, json, quiet }: IndexFoldersArguments,
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
