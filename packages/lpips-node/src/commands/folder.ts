/**
 * @module
 * `lpips folder`: every image of a folder against the one of the same name in another.
 */
import { join } from 'node:path';
import { at, invalid, type Lpips } from 'lpips-core';
import type { Argv } from 'yargs';
import { EXIT, type ExitCode, oneOf } from '../command-line/exit-code.js';
import { type Progress, startProgress, type Terminal } from '../command-line/terminal.js';
import { checkSameSize, type ImagePair, largestOf, pixelsOf } from '../comparing/compare-images.js';
import { type ComparedPair, comparePair } from '../comparing/compare-pairs.js';
import { inspectOrLeaveOut, type LeftOutPath } from '../comparing/leave-out.js';
import { MATCHES, type Match, matchNames, suggestMatch } from '../comparing/match-names.js';
import { checkOutput } from '../files/write-atomically.js';
import { surveyFolder } from '../images/list-images.js';
import { comparePairsInWorkers } from '../workers/compare-in-workers.js';
import { computeOn } from '../workers/kernel-threads.js';
import { planWorkers } from '../workers/plan-workers.js';
import { inWorkers } from './in-workers.js';
import { describeLeftOut, pathsOf, tellLeftOut } from './left-out.js';
import { type MetricArguments, metricOptions, openMetric } from './metric-options.js';
import { type ReadingArguments, readingOf, readingOptions } from './reading-options.js';
import { csvOption, type PairResult, reportPairs, tellNote } from './report.js';
import { type WorkerArguments, workerOptions } from './worker-arguments.js';

const COMMAND = 'lpips folder';

/** Arguments of `lpips folder`. */
export interface FolderArguments extends MetricArguments, ReadingArguments, WorkerArguments {
  readonly dir: string;
  readonly referenceDir: string;
  readonly csv: string | undefined;
  readonly resize: boolean;
  readonly match: Match;
  readonly recursive: boolean;
}

/** Options and help of `lpips folder`. */
export function folderOptions<Options>(parser: Argv<Options>) {
  return workerOptions(readingOptions(metricOptions(parser)))
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
    .epilogue(
      'Files are paired by their whole name, or with --match stem by the name without its extension. What is left out is ' +
        'noted with the reason. Exit code 1, beside the table, where an image of a pair cannot be read.',
    );
}

/**
 * Compares all pairs and prints their table and mean. An image that only one folder has, or that cannot be read, is noted and
 * left out.
 */
export async function runFolder(options: FolderArguments, terminal: Terminal): Promise<ExitCode> {
  const { csv, quiet } = options;
  const { paths, missing, leftOut, suggestion } = await matchFolders(options);
  if (csv !== undefined) await checkOutput(csv, paths.flat());
  if (missing.length > 0 && !quiet) {
    const list = `${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', …' : ''}`;
    const what =
      missing.length === 1
        ? '1 image has no counterpart and is left out'
        : `${missing.length} images have no counterpart and are left out`;
    tellNote(terminal, `${what}: ${list}`);
    if (suggestion !== '') tellNote(terminal, suggestion);
  }
  const reading = readingOf(options);
  const files: ImagePair[] = [];
  const unreadable: LeftOutPath[] = [];
  for (const [path, referencePath] of paths) {
    const size = await inspectOrLeaveOut(path, unreadable);
    const referenceSize = await inspectOrLeaveOut(referencePath, unreadable);
    if (size === undefined || referenceSize === undefined) continue;
    const image = { path, size, reading };
    const reference = { path: referencePath, size: referenceSize, reading };
    if (!options.resize) checkSameSize(COMMAND, image, reference);
    files.push({ image, reference });
  }
  if (files.length === 0) throw noneReadable(options, unreadable);
  leftOut.push(...unreadable);
  if (!quiet) tellLeftOut(terminal, leftOut);

  const references = files.map(({ reference }) => reference);
  const { lpips, backend, origin } = await openMetric(options, terminal, {
    command: COMMAND,
    images: references,
  });
  const plan = planWorkers(options.workers, {
    net: lpips.net,
    backend: backend.name,
    tasks: files.length,
    pixels: 2 * references.reduce((sum, reference) => sum + pixelsOf(reference), 0),
    largest: largestOf(references),
  });
  if (plan.note !== undefined && !quiet) tellNote(terminal, plan.note);
  if (options.workers === 1) await computeOn(1, backend.name);
  const progress = startProgress(terminal, 'comparing', files.length, { quiet });
  try {
    const compared =
      plan.workers === 1
        ? await compareHere(lpips, files, progress)
        : await inWorkers(
            { lpips, backend: backend.name, options },
            plan,
            (done) => progress.update(done),
            (pool) => comparePairsInWorkers(pool, files),
          );
    progress.stop();
    const damaged = compared.flatMap((pair) => ('leftOut' in pair ? pair.leftOut : []));
    const pairs = files.flatMap(({ image, reference }, index): PairResult[] => {
      const pair = at(compared, index);
      return 'distance' in pair
        ? [{ image: image.path, reference: reference.path, distance: pair.distance }]
        : [];
    });
    if (pairs.length === 0) throw noneReadable(options, damaged);
    unreadable.push(...damaged);
    leftOut.push(...damaged);
    if (!quiet) tellLeftOut(terminal, damaged);
    const metric = { lpips, backend: backend.name, origin };
    await reportPairs(terminal, metric, pairs, options, { missing, leftOut });
    return unreadable.length > 0 ? EXIT.failed : EXIT.done;
  } finally {
    progress.stop();
    lpips.dispose();
  }
}

/** Compares one pair after the other, in this thread. */
async function compareHere(
  lpips: Lpips,
  files: readonly ImagePair[],
  progress: Progress,
): Promise<ComparedPair[]> {
  const compared: ComparedPair[] = [];
  const onTile = (done: number, total: number) =>
    progress.update(compared.length, files.length, `tile ${done} of ${total}`);
  for (const { image, reference } of files) {
    progress.update(compared.push(await comparePair(lpips, image, reference, onTile)));
  }
  return compared;
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

interface MatchedFolders {
  readonly paths: readonly (readonly [image: string, reference: string])[];
  /** Images that only one folder has. */
  readonly missing: readonly string[];
  readonly leftOut: LeftOutPath[];
  readonly suggestion: string;
}

/** The paths of the images that belong together, in natural order, and those of all others. */
async function matchFolders({
  dir,
  referenceDir,
  match,
  recursive,
}: FolderArguments): Promise<MatchedFolders> {
  const images = await surveyFolder(dir, { recursive });
  const references = await surveyFolder(referenceDir, { recursive });
  const matched = matchNames(images.images, references.images, match);
  const reason = 'several images have this name but for the extension';
  const ambiguous = (names: readonly string[]) => names.map((name) => ({ name, reason }));
  const leftOut = [
    ...pathsOf(dir, [...images.leftOut, ...ambiguous(matched.ambiguous.images)]),
    ...pathsOf(referenceDir, [...references.leftOut, ...ambiguous(matched.ambiguous.references)]),
  ];
  const suggestion = suggestMatch(matched);
  if (matched.pairs.length === 0) {
    const got = `none of ${images.images.length} and ${references.images.length} images`;
    const requirement = `images of the same names as in ${referenceDir}`;
    const sentences = describeLeftOut(leftOut).map((line) => `${line}.`);
    if (suggestion !== '') sentences.unshift(suggestion);
    const advice = sentences.length > 0 ? sentences.join(' ') : 'Rename them, or check the folders.';
    throw invalid(COMMAND, requirement, dir, got, advice);
  }
  const missing = [
    ...matched.images.map((name) => join(dir, name)),
    ...matched.references.map((name) => join(referenceDir, name)),
  ];
  const paths = matched.pairs.map(
    ([image, reference]) => [join(dir, image), join(referenceDir, reference)] as const,
  );
  return { paths, missing, leftOut, suggestion };
}
