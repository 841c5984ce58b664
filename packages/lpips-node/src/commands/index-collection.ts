/**
 * @module
 * `lpips index`: the images of folders become an index, or are added to one; index files become one.
 */
import { stat } from 'node:fs/promises';
import { invalid, printable } from 'lpips-core';
import { DEFAULT_CELLS, type IndexHeader } from 'lpips-search';
import { isIndexFile, type JoinOptions, joinIndexes } from 'lpips-search/node';
import type { Argv } from 'yargs';
import { EXIT, type ExitCode, UsageError } from '../command-line/exit-code.js';
import { expandPatterns } from '../command-line/expand-patterns.js';
import { wholeNumber } from '../command-line/numbers.js';
import { startProgress, type Terminal } from '../command-line/terminal.js';
import type { LeftOutPath } from '../comparing/leave-out.js';
import { asOnlyWriter } from '../files/only-writer.js';
import { checkOutput, removeUnfinished } from '../files/write-atomically.js';
import { type PlanArguments, planOptions } from '../plan-commands/plan-options.js';
import { runPlanned } from '../plan-commands/run-planned.js';
import { collectImages, nameByInputs } from '../searching/collect-images.js';
import { type Indexed, indexImages } from '../searching/index-images.js';
import { type JsonRecord, type PlacedPlan, pathInPlan } from '../shards/plan.js';
import { DEFAULT_SIZE, headerFor, indexKind, type MergedIndex, NothingToIndex } from './index-kind.js';
import { headerOf, indexJson, metricOf, type ReportedMetric } from './indexed-metric.js';
import { describeLeftOut, tellLeftOut } from './left-out.js';
import { type MetricArguments, metricOptions, openMetric } from './metric-options.js';
import { withPath } from './path-in-reason.js';
import { statedMetric } from './planned-metric.js';
import { type ReadingArguments, readingOptions } from './reading-options.js';
import { describeMetric, jsonTail, liteNote, tellNote } from './report.js';

const COMMAND = 'lpips index';

/** Arguments of `lpips index`. */
export interface IndexCollectionArguments extends MetricArguments, ReadingArguments, PlanArguments {
  readonly inputs: readonly string[];
  readonly out: string;
  readonly size: number | undefined;
  readonly cells: number | undefined;
  readonly recursive: boolean;
  readonly prune: boolean;
}

/** Options and help of `lpips index`. */
export function indexCollectionOptions<Options>(parser: Argv<Options>) {
  const count = (option: string) => (text: string | undefined) =>
    text === undefined ? undefined : wholeNumber(option, text, 1);
  // All of the inputs count. An option that is given twice is refused by `checkFlags`, as elsewhere.
  const several = parser.parserConfiguration({
    'boolean-negation': false,
    'duplicate-arguments-array': true,
  });
  return planOptions(readingOptions(metricOptions(several)))
    .positional('inputs', {
      describe: 'folders of images and image files, or index files to be joined',
      type: 'string',
      array: true,
      demandOption: true,
    })
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
    .option('prune', {
      describe: 'take out of the index the images whose files are gone',
      boolean: true,
      default: false,
    })
    .example('lpips index photos/ --out photos.lpips', 'a new index')
    .example('lpips index more/ extra.jpg --out photos.lpips', 'more photographs in the same')
    .example('lpips index a.lpips b.lpips --out all.lpips', 'the indexes of two machines as one')
    .example('lpips index photos/ --out photos.lpips --prune', 'without what is gone')
    .example('lpips index photos/ --out photos.lpips --plan plan.json', 'shards for many machines')
    .epilogue(
      'Each image passes the network once. Images that the index has already are not read again, so a run that was ' +
        'interrupted goes on where it was. An index takes the net, size and cells that it was made with; --size and ' +
        '--cells are for a new one. Index files are joined to one: the images that --out had stay in it, and of an image ' +
        'that several have, the last one counts. Exit code 1, beside the index, where an image cannot be read.',
    );
}

/** Indexes images, joins index files, or does a part of the work where `--plan` says so. */
export async function runIndexCollection(
  given: IndexCollectionArguments,
  terminal: Terminal,
): Promise<ExitCode> {
  const options = { ...given, inputs: await expandPatterns(given.inputs) };
  const { inputs, out, recursive, prune, quiet, plan } = options;
  const isIndex = await Promise.all(inputs.map((input) => isIndexFile(input)));
  if (isIndex.some(Boolean)) {
    if (!isIndex.every(Boolean)) {
      throw new UsageError('cannot join index files and index images at once. Index the images first.');
    }
    if (plan !== undefined)
      throw new UsageError('cannot use --plan with index files: joining them takes seconds.');
    return await joinFiles(options, terminal);
  }
  if (plan !== undefined && prune)
    throw new UsageError('cannot use --prune with --plan. Prune before or after.');
  const planned = await runPlanned(
    {
      command: COMMAND,
      kind: indexKind,
      inputs: (base) => inputsOf(options, (path) => pathInPlan(path, base)),
      report: (merged, placed) => reportMerged(options, placed, merged, terminal),
    },
    options,
    terminal,
  ).catch((error: unknown) => {
    throw error instanceof NothingToIndex ? nothingToIndex(inputs, error.leftOut) : error;
  });
  if (planned !== undefined) return planned;

  const known = await headerOf(out);
  const { files, leftOut } = await collectImages(COMMAND, inputs, recursive);
  if (files.length === 0) throw nothingToIndex(inputs, leftOut);
  await checkOutput(out, files);
  const metric = await openMetric(known ? metricOf(options, known) : options, terminal);
  const progress = startProgress(terminal, 'indexing', files.length, { unit: 'images', rate: true, quiet });
  try {
    const header = await headerFor(options, metric, known);
    const indexed = await indexImages(metric.lpips, files, out, header, (done) => progress.update(done));
    progress.stop();
    const all = [...leftOut, ...indexed.leftOut];
    if (!quiet) tellLeftOut(terminal, all);
    if (indexed.images === 0) throw nothingToIndex(inputs, all);
    const images = prune ? await join([out], out, { keep: isThere }) : indexed.images;
    const pruned = indexed.images - images;
    report(options, terminal, metric, header, { ...indexed, images, leftOut: all, ...(prune && { pruned }) });
    return indexed.leftOut.length === 0 ? EXIT.done : EXIT.failed;
  } finally {
    progress.stop();
    metric.lpips.dispose();
  }
}

/** Index files become one, whose own images stay. */
async function joinFiles(options: IndexCollectionArguments, terminal: Terminal): Promise<ExitCode> {
  const { inputs, out, prune, json, quiet } = options;
  await checkOutput(out);
  const own = (await isThere(out)) ? [out] : [];
  const images = await join([...own, ...inputs], out, prune ? { keep: isThere } : {});
  if (json) {
    terminal.out(`${JSON.stringify({ index: out, joined: inputs, images, ...jsonTail() })}\n`);
    return EXIT.done;
  }
  terminal.out(`${images} ${images === 1 ? 'image' : 'images'} in ${printable(out)}\n`);
  if (own.length > 0 && !quiet && !inputs.includes(out)) tellNote(terminal, `what ${out} had stays in it`);
  return EXIT.done;
}

/** Joins index files, unless another run writes the result. @returns its images */
async function join(parts: readonly string[], out: string, options: JoinOptions): Promise<number> {
  return await asOnlyWriter(`${out}.writer`, { where: COMMAND, what: out }, async () => {
    await removeUnfinished(out); // gigabytes, perhaps, of a join that was killed
    return await joinIndexes(parts, out, options);
  });
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** The arguments that decide the result, as a plan states them. */
function inputsOf(options: IndexCollectionArguments, place: (path: string) => string): JsonRecord {
  const { inputs, out, size, cells, recursive } = options;
  return {
    inputs: inputs.map(place),
    out: place(out),
    ...statedMetric(options, place),
    size: size ?? null,
    cells: cells ?? null,
    recursive,
  };
}

async function reportMerged(
  options: IndexCollectionArguments,
  { plan }: PlacedPlan,
  { metric, header, unreadable, ...merged }: MergedIndex,
  terminal: Terminal,
): Promise<ExitCode> {
  const leftOut = merged.leftOut.map(({ path, reason }) => {
    const here = nameByInputs(path, options.inputs);
    return { path: here, reason: withPath(reason, here) };
  });
  if (!options.quiet) tellLeftOut(terminal, leftOut);
  if (merged.images === 0) throw nothingToIndex(options.inputs, leftOut);
  const origin = { identity: metric.identity, heads: options.heads, network: options.network };
  report(options, terminal, { ...metric, origin }, header, { ...merged, leftOut });
  return unreadable === 0 && plan.shards.length > 0 ? EXIT.done : EXIT.failed;
}

function nothingToIndex(inputs: readonly string[], leftOut: readonly LeftOutPath[]): Error {
  const lines = describeLeftOut(leftOut).map((line) => `${line}.`);
  const advice = lines.length > 0 ? lines.join(' ') : 'Put the images to search into one folder.';
  return invalid(COMMAND, 'at least one image', inputs.join(', '), 'none', advice);
}

function report(
  { out, json, quiet }: IndexCollectionArguments,
  terminal: Terminal,
  metric: ReportedMetric,
  header: IndexHeader,
  indexed: Indexed & { readonly pruned?: number },
): void {
  const { lpips, backend, origin } = metric;
  if (json) {
    terminal.out(`${JSON.stringify({ ...indexJson(metric, out, header), ...indexed, ...jsonTail() })}\n`);
    return;
  }
  const { added, renewed, kept, images, pruned = 0 } = indexed;
  const { width, height, cells } = header;
  const counts = Object.entries({ renewed, kept, pruned }).filter(([, count]) => count > 0);
  const others = counts.map(([what, count]) => `${count} ${what}`);
  terminal.out(
    `${describeMetric(lpips, backend.name, origin)}, ${width}x${height}, ${cells}x${cells} cells\n` +
      `${images} ${images === 1 ? 'image' : 'images'} in ${printable(out)}: ${[`${added} added`, ...others].join(', ')}\n`,
  );
  if (!quiet) terminal.error(liteNote(lpips));
}
