/**
 * @module
 * `lpips folder`: every image of a folder against the one of the same name in another.
 */
import { join } from 'node:path';
import { at, invalid } from 'lpips-core';
import type { Argv } from 'yargs';
import { EXIT, type ExitCode, oneOf } from '../command-line/exit-code.js';
import { startProgress, type Terminal } from '../command-line/terminal.js';
import type { LeftOutPath } from '../comparing/leave-out.js';
import { MATCHES, type Match } from '../comparing/match-names.js';
import { checkOutput } from '../files/write-atomically.js';
import { surveyFolder } from '../images/list-images.js';
import { type PlanArguments, planOptions } from '../plan-commands/plan-options.js';
import { runPlanned } from '../plan-commands/run-planned.js';
import { type JsonRecord, type PlacedPlan, type PlannedShard, pathInPlan } from '../shards/plan.js';
import { unitsOf } from '../shards/run-shards.js';
import type { ShardContent } from '../shards/shard-kind.js';
import { type ComparedFolders, folderKind, folderNotes, moved, NoneReadable } from './folder-kind.js';
import { tellLeftOut } from './left-out.js';
import { type MetricArguments, metricOptions } from './metric-options.js';
import { withPath } from './path-in-reason.js';
import { statedMetric } from './planned-metric.js';
import { adviseScale, type ReadingArguments, readingOptions, scaleOption } from './reading-options.js';
import { csvOption, type PairResult, reportPairs } from './report.js';
import { type WorkerArguments, workerOptions } from './worker-arguments.js';

const COMMAND = 'lpips folder';

/** Arguments of `lpips folder`. */
export interface FolderArguments extends MetricArguments, ReadingArguments, WorkerArguments, PlanArguments {
  readonly dir: string;
  readonly referenceDir: string;
  readonly csv: string | undefined;
  readonly resize: boolean;
  readonly scale: number | undefined;
  readonly match: Match;
  readonly recursive: boolean;
}

/** Options and help of `lpips folder`. */
export function folderOptions<Options>(parser: Argv<Options>) {
  return planOptions(workerOptions(scaleOption(readingOptions(metricOptions(parser)))))
    .positional('dir', { describe: 'folder of images to judge', type: 'string', demandOption: true })
    .positional('reference-dir', {
      describe: 'folder of what they should look like, under the same names',
      type: 'string',
      demandOption: true,
    })
    .option('csv', csvOption)
    .option('resize', {
      describe: "scale each image to its reference's size first (lanczos3)",
      boolean: true,
      default: false,
    })
    .option('match', {
      describe: 'what names must have in common: "name", or "stem" for a name without its extension',
      requiresArg: true,
      default: 'name',
      coerce: (value: unknown) => oneOf('--match', MATCHES, value),
    })
    .option('recursive', { describe: 'enter folders inside', boolean: true, default: false })
    .example('lpips folder restored/ originals/', 'a table, and the mean')
    .example('lpips folder out/ truth/ --net alex --csv scores.csv', 'and a CSV file')
    .example('lpips folder out/ truth/ --workers 2', 'on two threads, and leave the other cores alone')
    .example('lpips folder jpegs/ pngs/ --match stem', 'a.jpg against a.png')
    .example('lpips folder out/ truth/ --plan plan.json', 'shards for many machines')
    .epilogue(
      'Files are paired by their whole name, or with --match stem by the name without its extension. What is left out is ' +
        'noted with the reason. Exit code 1, beside the table, where an image of a pair cannot be read.',
    );
}

/**
 * Compares all pairs and prints their table and mean, or does a part of the work where `--plan` says so. An image that only one
 * folder has, or that cannot be read, is noted and left out.
 */
export async function runFolder(options: FolderArguments, terminal: Terminal): Promise<ExitCode> {
  const { csv, quiet, offline, workers } = options;
  if (csv !== undefined) await checkOutput(csv, await imagesIn(options));
  const planned = await runPlanned(
    {
      command: COMMAND,
      kind: folderKind,
      inputs: (base) => inputsOf(options, (path) => pathInPlan(path, base)),
      report: (joined, placed) => reportFolders(options, placed, joined, terminal),
    },
    options,
    terminal,
  ).catch((error: unknown) => {
    throw error instanceof NoneReadable ? noneReadable(options, error.unreadable) : error;
  });
  if (planned !== undefined) return planned;

  const context = { base: '', terminal, quiet, offline, workers, digests: false };
  const { plan, maker } = await folderKind
    .prepare(
      inputsOf(options, (path) => path),
      context,
    )
    .catch((error: unknown) => {
      throw error instanceof NoneReadable ? noneReadable(options, error.unreadable) : error;
    });
  const progress = startProgress(terminal, 'comparing', unitsOf(plan.shards), { quiet });
  const contents = new Map<PlannedShard, ShardContent>();
  try {
    const made = maker.make(plan.shards, (done, note) => progress.update(done, unitsOf(plan.shards), note));
    for await (const { shard, content } of made) contents.set(shard, content);
  } finally {
    progress.stop();
    await maker.dispose();
  }
  const joined = await folderKind.join({ plan, base: '' }, async (shard) => contents.get(shard) ?? NOTHING);
  return await reportFolders(options, { plan, base: '' }, joined, terminal);
}

const NOTHING: ShardContent = { tensors: new Map(), metadata: {} };

/** The arguments that decide the result, as a plan states them. */
function inputsOf(options: FolderArguments, place: (path: string) => string): JsonRecord {
  const { dir, referenceDir, resize, scale, match, recursive } = options;
  return {
    dir: place(dir),
    referenceDir: place(referenceDir),
    ...statedMetric(options, place),
    resize,
    ...(scale !== undefined && { scale }),
    match,
    recursive,
  };
}

/** Prints the distances, and notes what could not be read. */
async function reportFolders(
  options: FolderArguments,
  { plan }: PlacedPlan,
  { pairs: compared }: ComparedFolders,
  terminal: Terminal,
): Promise<ExitCode> {
  const { dir, referenceDir, heads, network, quiet } = options;
  const { metric, folders, missing, leftOut, unreadable, scale, largest } = folderNotes(plan);
  const here = (path: string) => moved(path, [folders.dir, dir], [folders.referenceDir, referenceDir]);
  const pairs: PairResult[] = [];
  const damaged: LeftOutPath[] = [];
  for (const { image: name, reference: referenceName, outcome } of compared) {
    const [image, reference] = [join(dir, name), join(referenceDir, referenceName)];
    if ('distance' in outcome) pairs.push({ image, reference, distance: outcome.distance });
    else {
      for (const { side, reason } of outcome.leftOut) {
        damaged.push(leftOutAt(side === 'image' ? image : reference, reason));
      }
    }
  }
  if (pairs.length === 0) throw noneReadable(options, damaged);
  if (!quiet) tellLeftOut(terminal, damaged);
  const { lpips, backend, identity } = metric;
  const head = { lpips, backend, origin: { identity, heads, network } };
  adviseScale(terminal, largest, { ...options, scale });
  await reportPairs(terminal, head, pairs, options, {
    ...(scale !== undefined && { scale }),
    missing: missing.map(here),
    leftOut: [...leftOut.map(({ path, reason }) => leftOutAt(here(path), reason)), ...damaged],
  });
  return unreadable + damaged.length > 0 ? EXIT.failed : EXIT.done;
}

function leftOutAt(path: string, reason: string): LeftOutPath {
  return { path, reason: withPath(reason, path) };
}

/** The paths of all images, which no output may replace. */
async function imagesIn({ dir, referenceDir, recursive }: FolderArguments): Promise<string[]> {
  const folders = await Promise.all(
    [dir, referenceDir].map(async (folder) =>
      (await surveyFolder(folder, { recursive })).images.map((name) => join(folder, name)),
    ),
  );
  return folders.flat();
}

function noneReadable({ dir, referenceDir }: FolderArguments, unreadable: readonly LeftOutPath[]): Error {
  const got = `none that can be read (${at(unreadable, 0).reason})`;
  return invalid(
    COMMAND,
    `images that can be read in ${referenceDir} and`,
    dir,
    got,
    'Fetch or copy them again.',
  );
}
