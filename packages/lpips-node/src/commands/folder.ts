/**
 * @module
 * `lpips folder`: every image of a folder against the one of the same name in another.
 */
import { join } from 'node:path';
import { at, invalid, type Lpips } from 'lpips-core';
import type { Argv } from 'yargs';
import { EXIT, type ExitCode } from '../command-line/exit-code.js';
import { startProgress, type Terminal } from '../command-line/terminal.js';
import {
  checkSameSize,
  comparePair,
  type ImagePair,
  largestOf,
  pixelsOf,
} from '../comparing/compare-images.js';
import { checkOutput } from '../files/write-atomically.js';
import { listImages } from '../images/list-images.js';
import { inspectImage } from '../images/read-image.js';
import { comparePairsInWorkers } from '../workers/compare-in-workers.js';
import { planWorkers } from '../workers/plan-workers.js';
import { inWorkers } from './in-workers.js';
import { type MetricArguments, metricOptions, openMetric } from './metric-options.js';
import { csvOption, type PairResult, reportPairs, tellNote } from './report.js';
import { type WorkerArguments, workerOptions } from './worker-arguments.js';

const COMMAND = 'lpips folder';

/** Arguments of `lpips folder`. */
export interface FolderArguments extends MetricArguments, WorkerArguments {
  readonly dir: string;
  readonly referenceDir: string;
  readonly csv: string | undefined;
  readonly resize: boolean;
}

/** Options and help of `lpips folder`. */
export function folderOptions<Options>(parser: Argv<Options>) {
  return workerOptions(metricOptions(parser))
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
    .example('lpips folder restored/ originals/', 'a table, and the mean')
    .example('lpips folder out/ truth/ --net alex --csv scores.csv', 'and a CSV file')
    .example('lpips folder out/ truth/ --workers 2', 'on two threads, and leave the other cores alone')
    .epilogue('Files are paired by their whole name. Folders inside are not entered.');
}

/** Compares all pairs and prints their table and mean. An image that only one folder has is noted and left out. */
export async function runFolder(options: FolderArguments, terminal: Terminal): Promise<ExitCode> {
  const { dir, referenceDir, csv, quiet } = options;
  const { names, missing } = await matchNames(dir, referenceDir);
  if (csv !== undefined) {
    await checkOutput(
      csv,
      names.flatMap((name) => [join(dir, name), join(referenceDir, name)]),
    );
  }
  if (missing.length > 0 && !quiet) {
    const list = `${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', …' : ''}`;
    const what =
      missing.length === 1
        ? '1 image has no counterpart and is left out'
        : `${missing.length} images have no counterpart and are left out`;
    tellNote(terminal, `${what}: ${list}`);
  }
  const files: ImagePair[] = [];
  for (const name of names) {
    const [path, referencePath] = [join(dir, name), join(referenceDir, name)];
    const image = { path, size: await inspectImage(path) };
    const reference = { path: referencePath, size: await inspectImage(referencePath) };
    if (!options.resize) checkSameSize(COMMAND, image, reference);
    files.push({ image, reference });
  }

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
  const progress = startProgress(terminal, 'comparing', files.length, { quiet });
  try {
    const distances =
      plan.workers === 1
        ? await compareHere(lpips, files, (done) => progress.update(done))
        : await inWorkers(
            { lpips, backend: backend.name, options },
            plan,
            (done) => progress.update(done),
            (pool) => comparePairsInWorkers(pool, files),
          );
    const pairs = files.map(({ image, reference }, index): PairResult => {
      return { image: image.path, reference: reference.path, distance: at(distances, index) };
    });
    progress.stop();
    await reportPairs(terminal, { lpips, backend: backend.name, origin }, pairs, options, { missing });
    return EXIT.done;
  } finally {
    progress.stop();
    lpips.dispose();
  }
}

/** Compares one pair after the other, in this thread. */
async function compareHere(
  lpips: Lpips,
  files: readonly ImagePair[],
  onCompared: (done: number) => void,
): Promise<number[]> {
  const distances: number[] = [];
  for (const { image, reference } of files) {
    onCompared(distances.push(await comparePair(lpips, image, reference)));
  }
  return distances;
}

/** The names that both folders have, in natural order, and the paths of images that only one of them has. */
async function matchNames(
  dir: string,
  referenceDir: string,
): Promise<{ names: string[]; missing: string[] }> {
  const images = await listImages(dir);
  const references = await listImages(referenceDir);
  const [ofImages, ofReferences] = [new Set(images), new Set(references)];
  const names = images.filter((name) => ofReferences.has(name));
  if (names.length === 0) {
    const got = `none of ${images.length} and ${references.length} images`;
    const requirement = `images of the same names as in ${referenceDir}`;
    throw invalid(COMMAND, requirement, dir, got, 'Rename them, or check the folders.');
  }
  const missing = [
    ...images.filter((name) => !ofReferences.has(name)).map((name) => join(dir, name)),
    ...references.filter((name) => !ofImages.has(name)).map((name) => join(referenceDir, name)),
  ];
  return { names, missing };
}
