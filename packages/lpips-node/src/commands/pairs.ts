/**
 * @module
 * `lpips pairs`: the images of one folder against each other.
 */
import { join } from 'node:path';
import { at, type ImageSize, invalid } from 'lpips-core';
import type { Argv } from 'yargs';
import { EXIT, type ExitCode } from '../command-line/exit-code.js';
import { startProgress, type Terminal } from '../command-line/terminal.js';
import { checkSameSize, pixelsOf, readAtSize, type SizedImage } from '../comparing/compare-images.js';
import { compareAllPairs, compareNeighbours, type IndexedDistance } from '../comparing/compare-pairs.js';
import { checkOutput } from '../files/write-atomically.js';
import { listImages } from '../images/list-images.js';
import { inspectImage } from '../images/read-image.js';
import { featureBudget } from '../images/size-limit.js';
import { compareAllPairsInWorkers, compareNeighboursInWorkers } from '../workers/compare-in-workers.js';
import { imagesThatFit, planWorkers, type WorkerPlan } from '../workers/plan-workers.js';
import { inSingleWorkers, inWorkers, type LoadedMetric } from './in-workers.js';
import { type MetricArguments, metricOptions, openMetric } from './metric-options.js';
import { csvOption, reportPairs, tellNote } from './report.js';
import { type WorkerArguments, workerOptions } from './worker-arguments.js';

const COMMAND = 'lpips pairs';

/** Arguments of `lpips pairs`. */
export interface PairsArguments extends MetricArguments, WorkerArguments {
  readonly dir: string;
  readonly consecutive: boolean;
  readonly csv: string | undefined;
  readonly resize: boolean;
}

/** Options and help of `lpips pairs`. */
export function pairsOptions<Options>(parser: Argv<Options>) {
  return workerOptions(metricOptions(parser))
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
  const { images, first } = await inspectFolder(dir, options.resize);
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
  const total = consecutive ? images.length - 1 : (images.length * (images.length - 1)) / 2;
  const plan = planWorkers(options.workers, {
    net: lpips.net,
    backend: backend.name,
    tasks: consecutive ? total : images.length,
    pixels: images.length * pixelsOf(first),
    largest: first.size,
  });
  if (plan.note !== undefined && !quiet) tellNote(terminal, plan.note);
  const progress = startProgress(terminal, 'comparing', total, { quiet });
  try {
    const metric = { lpips, backend: backend.name, options, origin };
    const onCompared = (done: number) => progress.update(done);
    const found =
      plan.workers === 1
        ? await compareHere(metric, images, first.size, onCompared)
        : await compareThere(metric, images, first.size, plan, onCompared);
    progress.stop();
    found.sort((a, b) => a.image - b.image || a.reference - b.reference);
    const pairs = found.map(({ image, reference, distance }) => ({
      image: at(images, image).path,
      reference: at(images, reference).path,
      distance,
    }));
    await reportPairs(terminal, metric, pairs, options);
    return EXIT.done;
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
): Promise<IndexedDistance[]> {
  const listed = images.map((image, index) => ({ index, image, size }));
  if (metric.options.consecutive) {
    return inWorkers(metric, plan, onCompared, (pool) => compareNeighboursInWorkers(pool, listed));
  }
  const room = imagesThatFit(plan.keptBytes, metric.lpips.net, size);
  return inSingleWorkers(metric, plan, onCompared, (pools) => compareAllPairsInWorkers(pools, listed, room));
}

/** Compares in this thread. */
async function compareHere(
  { lpips, backend, options }: LoadedMetric & { options: PairsArguments },
  images: readonly SizedImage[],
  size: ImageSize,
  onCompared: (done: number) => void,
): Promise<IndexedDistance[]> {
  const list = { count: images.length, read: (index: number) => readAtSize(at(images, index), size) };
  const distances = options.consecutive
    ? compareNeighbours(lpips, list)
    : compareAllPairs(lpips, list, featureBudget(lpips.net, backend, size));
  const found: IndexedDistance[] = [];
  for await (const distance of distances) onCompared(found.push(distance));
  return found;
}

async function inspectFolder(
  dir: string,
  resize: boolean,
): Promise<{ images: SizedImage[]; first: SizedImage }> {
  const images: SizedImage[] = [];
  for (const name of await listImages(dir)) {
    const path = join(dir, name);
    images.push({ path, size: await inspectImage(path) });
  }
  const [first] = images;
  if (first === undefined || images.length < 2) {
    throw invalid(COMMAND, 'at least two images', dir, `${images.length}`);
  }
  if (!resize) for (const image of images) checkSameSize(COMMAND, image, first);
  return { images, first };
}
