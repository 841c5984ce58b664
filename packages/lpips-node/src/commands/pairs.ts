/**
 * @module
 * `lpips pairs`: the images of one folder against each other.
 */
import { join } from 'node:path';
import { invalid } from 'lpips-core';
import type { Argv } from 'yargs';
import { checkOutput, writeAtomically } from '../files/write-atomically.js';
import { inspectImage } from '../images/read-image.js';
import { featureBudget } from '../images/size-limit.js';
import { checkSameSize, readAtSize, type SizedImage } from './compare-images.js';
import { compareAllPairs, compareNeighbours, type IndexedDistance } from './compare-pairs.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { listImages } from './list-images.js';
import { type MetricArguments, metricOptions, openMetric } from './metric-options.js';
import {
  describeMetric,
  jsonHead,
  jsonTail,
  liteNote,
  meanDistance,
  pairsCsv,
  pairsTable,
} from './report.js';
import { startProgress, type Terminal } from './terminal.js';

/** What `lpips pairs` was asked. */
export interface PairsArguments extends MetricArguments {
  readonly dir: string;
  readonly consecutive: boolean;
  readonly csv: string | undefined;
  readonly resize: boolean;
}

/** Options and help of `lpips pairs`. */
export function pairsOptions<Options>(parser: Argv<Options>) {
  return metricOptions(parser)
    .positional('dir', { describe: 'folder of images of one size', type: 'string', demandOption: true })
    .option('consecutive', {
      describe: 'only neighbours in natural name order (frame9 before frame10), as for video frames',
      boolean: true,
      default: false,
    })
    .option('csv', { describe: 'write image, reference, distance', string: true, requiresArg: true })
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
      'Each image passes the network once, as long as the features of all fit into memory; ' +
        'else the images are taken in blocks, and those of later blocks pass again for each earlier one.',
    );
}

/** Compares the images of a folder with each other and prints the table and mean. */
export async function runPairs(options: PairsArguments, terminal: Terminal): Promise<ExitCode> {
  const { dir, consecutive, csv, quiet } = options;
  if (csv !== undefined) await checkOutput(csv);
  const { images, first } = await inspectFolder(dir, options.resize);
  const { lpips, backend } = await openMetric(options, [first], terminal);
  const total = consecutive ? images.length - 1 : (images.length * (images.length - 1)) / 2;
  const progress = startProgress(terminal, 'comparing', total, { quiet });
  try {
    const list = {
      count: images.length,
      read: (index: number) => readAtSize(images[index] ?? first, first.size),
    };
    const budget = featureBudget(lpips.net, backend.name, first.size);
    const found: IndexedDistance[] = [];
    for await (const one of consecutive
      ? compareNeighbours(lpips, list)
      : compareAllPairs(lpips, list, budget)) {
      found.push(one);
      progress.update(found.length);
    }
    progress.stop();
    found.sort((a, b) => a.image - b.image || a.reference - b.reference);
    const pairs = found.map(({ image, reference, distance }) => ({
      image: images[image]?.path ?? '',
      reference: images[reference]?.path ?? '',
      distance,
    }));
    const mean = meanDistance(pairs);
    if (csv !== undefined) await writeAtomically(csv, pairsCsv(pairs));
    if (options.json) {
      terminal.out(`${JSON.stringify({ ...jsonHead(lpips, backend.name), pairs, mean, ...jsonTail() })}\n`);
    } else {
      terminal.out(`${describeMetric(lpips, backend.name)}\n${pairsTable(pairs, mean)}`);
      if (!quiet) terminal.error(liteNote(lpips));
    }
    return EXIT.done;
  } finally {
    progress.stop();
    lpips.dispose();
  }
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
    throw invalid('lpips', 'at least two images', dir, `${images.length}`);
  }
  if (!resize) for (const image of images) checkSameSize(image, first);
  return { images, first };
}
