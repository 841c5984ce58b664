/**
 * @module
 * `lpips pairs`: the images of one folder against each other.
 */
import { join } from 'node:path';
import { at, type ImageSize, invalid } from 'lpips-core';
import type { Argv } from 'yargs';
import { EXIT, type ExitCode } from '../command-line/exit-code.js';
import { startProgress, type Terminal } from '../command-line/terminal.js';
import { checkSameSize, pixelsOf, type SizedImage } from '../comparing/compare-images.js';
import {
  type ComparedImages,
  compareAllInTiles,
  compareAllPairs,
  compareNeighbours,
  type IndexedDistance,
} from '../comparing/compare-pairs.js';
import { inspectOrLeaveOut, type LeftOutPath, readOrLeaveOut } from '../comparing/leave-out.js';
import { scaledToHeight } from '../comparing/scale-to-height.js';
import { checkOutput } from '../files/write-atomically.js';
import { surveyFolder } from '../images/list-images.js';
import { featureBudget, tilesFor } from '../images/size-limit.js';
import { compareAllPairsInWorkers, compareNeighboursInWorkers } from '../workers/compare-in-workers.js';
import { computeOn } from '../workers/kernel-threads.js';
import { imagesThatFit, planWorkers, type WorkerPlan } from '../workers/plan-workers.js';
import { inSingleWorkers, inWorkers, type LoadedMetric } from './in-workers.js';
import { describeLeftOut, pathsOf, tellLeftOut } from './left-out.js';
import { type MetricArguments, metricOptions, openMetric } from './metric-options.js';
import {
  adviseScale,
  type ReadingArguments,
  readingOf,
  readingOptions,
  scaleOption,
} from './reading-options.js';
import { csvOption, reportPairs, tellNote } from './report.js';
import { type WorkerArguments, workerOptions } from './worker-arguments.js';

const COMMAND = 'lpips pairs';

/** Arguments of `lpips pairs`. */
export interface PairsArguments extends MetricArguments, ReadingArguments, WorkerArguments {
  readonly dir: string;
  readonly consecutive: boolean;
  readonly csv: string | undefined;
  readonly resize: boolean;
  readonly scale: number | undefined;
  readonly recursive: boolean;
}

/** Options and help of `lpips pairs`. */
export function pairsOptions<Options>(parser: Argv<Options>) {
  return workerOptions(scaleOption(readingOptions(metricOptions(parser))))
    .positional('dir', { describe: 'folder of images of one size', type: 'string', demandOption: true })
    .option('consecutive', {
      describe: 'only neighbours in natural name order (frame9 before frame10), as for video frames',
      boolean: true,
      default: false,
    })
    .option('csv', csvOption)
    .option('resize', {
      describe: 'scale every image to the size of the first (lanczos3)',
      boolean: true,
      default: false,
    })
    .option('recursive', { describe: 'enter folders inside', boolean: true, default: false })
    .example('lpips pairs variants/', 'how different the images of a folder are from each other')
    .example(
      'lpips pairs frames/ --consecutive --csv flicker.csv',
      'how much each frame differs from the last',
    )
    .epilogue(
      'Each image passes the network once where the features of all images fit into memory. ' +
        'Otherwise the images are taken in blocks, and each image passes once more for every earlier block.',
    );
}

/** Compares the images of a folder with each other and prints the table and mean. */
export async function runPairs(options: PairsArguments, terminal: Terminal): Promise<ExitCode> {
  const { dir, consecutive, csv, quiet } = options;
  const { images, first, leftOut, isComplete } = await inspectFolder(dir, options);
  if (!quiet) tellLeftOut(terminal, leftOut);
  if (csv !== undefined) {
    await checkOutput(
      csv,
      images.map(({ path }) => path),
    );
  }
  const { lpips, backend, origin } = await openMetric(options, terminal, {
    command: COMMAND,
    images: [first],
  });
  adviseScale(terminal, first.size, options);
  const tiles = tilesFor(lpips.net, backend.name, first.size);
  const total = consecutive ? images.length - 1 : (images.length * (images.length - 1)) / 2;
  const plan = planWorkers(tiles ? 1 : options.workers, {
    net: lpips.net,
    backend: backend.name,
    tasks: consecutive ? total : images.length,
    pixels: images.length * pixelsOf(first),
    largest: first.size,
  });
  if (plan.note !== undefined && !quiet) tellNote(terminal, plan.note);
  if (options.workers === 1) await computeOn(1, backend.name);
  const progress = startProgress(terminal, 'comparing', total, { quiet });
  try {
    const metric = { lpips, backend: backend.name, options, origin };
    let compared = 0;
    const onCompared = (done: number) => {
      compared = done;
      progress.update(done);
    };
    const onTile = (done: number, all: number) => progress.update(compared, total, `tile ${done} of ${all}`);
    const { distances, leftOut: damaged } = tiles
      ? await compareTiled(metric, images, { size: first.size, tiles, consecutive, onTile }, onCompared)
      : plan.workers === 1
        ? await compareHere(metric, images, first.size, onCompared)
        : await compareThere(metric, images, first.size, plan, onCompared);
    progress.stop();
    const allLeftOut = [...leftOut, ...inOrder(images, damaged)];
    if (images.length - damaged.length < 2) {
      throw tooFew(dir, images.length - damaged.length, allLeftOut);
    }
    if (!quiet) tellLeftOut(terminal, allLeftOut.slice(leftOut.length));
    const found = distances.toSorted((a, b) => a.image - b.image || a.reference - b.reference);
    const pairs = found.map(({ image, reference, distance }) => ({
      image: at(images, image).path,
      reference: at(images, reference).path,
      distance,
    }));
    await reportPairs(terminal, metric, pairs, options, {
      ...(options.scale !== undefined && { scale: options.scale }),
      leftOut: allLeftOut,
    });
    return isComplete && damaged.length === 0 ? EXIT.done : EXIT.failed;
  } finally {
    progress.stop();
    lpips.dispose();
  }
}

/** Compares in worker threads. */
function compareThere(
  metric: LoadedMetric & { options: PairsArguments },
  images: readonly SizedImage[],
  size: ImageSize,
  plan: WorkerPlan,
  onCompared: (done: number) => void,
): Promise<ComparedImages> {
  const listed = images.map((image, index) => ({ index, image, size }));
  if (metric.options.consecutive) {
    return inWorkers(metric, plan, onCompared, (pool) => compareNeighboursInWorkers(pool, listed));
  }
  const room = imagesThatFit(plan.keptBytes, metric.lpips.net, size);
  return inSingleWorkers(metric, plan, onCompared, (pools) => compareAllPairsInWorkers(pools, listed, room));
}

/** Compares images that memory does not hold whole, in this thread, whose kernels share out the cores. */
async function compareTiled(
  { lpips }: LoadedMetric,
  images: readonly SizedImage[],
  options: Parameters<typeof compareAllInTiles>[2],
  onCompared: (done: number) => void,
): Promise<ComparedImages> {
  const leftOut: LeftOutPath[] = [];
  const distances: IndexedDistance[] = [];
  for await (const distance of compareAllInTiles(lpips, images, options, leftOut)) {
    onCompared(distances.push(distance));
  }
  return { distances, leftOut };
}

/** Compares in this thread. */
async function compareHere(
  { lpips, backend, options }: LoadedMetric & { options: PairsArguments },
  images: readonly SizedImage[],
  size: ImageSize,
  onCompared: (done: number) => void,
): Promise<ComparedImages> {
  const leftOut: LeftOutPath[] = [];
  const list = {
    count: images.length,
    read: (index: number) => readOrLeaveOut(at(images, index), size, leftOut),
  };
  const found = options.consecutive
    ? compareNeighbours(lpips, list)
    : compareAllPairs(lpips, list, featureBudget(lpips.net, backend, size));
  const distances: IndexedDistance[] = [];
  for await (const distance of found) onCompared(distances.push(distance));
  return { distances, leftOut };
}

/** What is left out, in the order of the images, whichever thread found it first. */
function inOrder(images: readonly SizedImage[], leftOut: readonly LeftOutPath[]): LeftOutPath[] {
  const byPath = new Map(leftOut.map((image) => [image.path, image]));
  return images.flatMap(({ path }) => byPath.get(path) ?? []);
}

function tooFew(dir: string, count: number, leftOut: readonly LeftOutPath[]): Error {
  const lines = describeLeftOut(leftOut).map((line) => `${line}.`);
  const advice = lines.length > 0 ? lines.join(' ') : 'Put the images to compare into one folder.';
  return invalid(COMMAND, 'at least two images', dir, `${count}`, advice);
}

interface InspectedFolder {
  readonly images: readonly SizedImage[];
  readonly first: SizedImage;
  readonly leftOut: readonly LeftOutPath[];
  /** Whether every image could be read. */
  readonly isComplete: boolean;
}

async function inspectFolder(dir: string, options: PairsArguments): Promise<InspectedFolder> {
  const reading = readingOf(options);
  const found = await surveyFolder(dir, { recursive: options.recursive });
  const images: SizedImage[] = [];
  const unreadable: LeftOutPath[] = [];
  for (const name of found.images) {
    const path = join(dir, name);
    const size = await inspectOrLeaveOut(path, unreadable);
    if (size !== undefined) images.push(scaledToHeight({ path, size, reading }, options.scale));
  }
  const leftOut = [...pathsOf(dir, found.leftOut), ...unreadable];
  const [first] = images;
  if (first === undefined || images.length < 2) throw tooFew(dir, images.length, leftOut);
  if (!options.resize) for (const image of images) checkSameSize(COMMAND, image, first);
  return { images, first, leftOut, isComplete: unreadable.length === 0 };
}
