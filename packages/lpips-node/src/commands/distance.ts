/**
 * @module
 * `lpips distance`: one image against its reference.
 */
import { extname } from 'node:path';
import type { Lpips } from 'lpips-core';
import { imagePixels, type RgbPixels } from 'lpips-pictures';
import { drawHeatMap, mapTitle } from 'lpips-pictures/node';
import type { Argv } from 'yargs';
import { EXIT, type ExitCode, UsageError } from '../command-line/exit-code.js';
import { numberWithin } from '../command-line/numbers.js';
import { startProgress, type Terminal } from '../command-line/terminal.js';
import {
  checkSameSize,
  type ImagePair,
  makeFeatures,
  openAtSize,
  readAtSize,
  tilesHere,
} from '../comparing/compare-images.js';
import { scaledToHeight } from '../comparing/scale-to-height.js';
import { takeNumber, takeValues } from '../comparing/take-values.js';
import { checkOutput, writeAtomically } from '../files/write-atomically.js';
import { MOST_TILED_PIXELS } from '../images/open-tiles.js';
import { inspectImage } from '../images/read-image.js';
import { calibrationName } from '../weights/identify-weights.js';
import { type MetricArguments, metricOptions, openMetric } from './metric-options.js';
import {
  adviseScale,
  type ReadingArguments,
  readingOf,
  readingOptions,
  scaleOption,
} from './reading-options.js';
import {
  checkRegionArguments,
  findRegions,
  type RegionArguments,
  regionOptions,
  regionsTable,
} from './regions.js';
import { describeMetric, formatDistance, jsonHead, jsonTail, liteNote, tellNote } from './report.js';

const COMMAND = 'lpips distance';

/** Arguments of `lpips distance`. */
export interface DistanceArguments extends MetricArguments, ReadingArguments, RegionArguments {
  readonly image: string;
  readonly reference: string;
  readonly layers: boolean;
  readonly map: string | undefined;
  readonly resize: boolean;
  readonly scale: number | undefined;
  readonly failAbove: number | undefined;
}

/** Options and help of `lpips distance`. */
export function distanceOptions<Options>(parser: Argv<Options>) {
  return regionOptions(scaleOption(readingOptions(metricOptions(parser))))
    .positional('image', { describe: 'image to judge', type: 'string', demandOption: true })
    .positional('reference', {
      describe: 'image that it should look like',
      type: 'string',
      demandOption: true,
    })
    .option('layers', {
      describe: 'print what each tap of the network adds, too',
      boolean: true,
      default: false,
    })
    .option('map', { describe: 'write a heat map over the image, a PNG', string: true, requiresArg: true })
    .option('resize', {
      describe: "scale the image to the reference's size first (lanczos3)",
      boolean: true,
      default: false,
    })
    .option('fail-above', {
      describe: 'exit code 3 where the distance is larger',
      string: true,
      requiresArg: true,
      coerce: (text: string | undefined) =>
        text === undefined ? undefined : numberWithin('--fail-above', text, 0, Number.POSITIVE_INFINITY),
    })
    .example('lpips distance photo.jpg original.png', 'how far the two look apart; 0 is identical')
    .example('lpips distance --net alex --map where.png a.png b.png', 'and where, as a picture')
    .example(
      'lpips distance --scale 256 --net alex a.jpg b.jpg',
      'large photographs, as people see the whole',
    )
    .example(
      'lpips distance --regions --json new.png golden.png',
      'and where, as boxes with the kind of change',
    )
    .example(
      'lpips distance --fail-above 0.1 --quiet new.png golden.png',
      'in a test: exit code 3 above 0.1',
    );
}

/** Compares two images, prints their distance and where they differ, and draws the map. */
export async function runDistance(options: DistanceArguments, terminal: Terminal): Promise<ExitCode> {
  const { map, resize, scale, failAbove, quiet } = options;
  checkRegionArguments(options);
  if (map !== undefined) await checkMapPath(map, [options.image, options.reference]);
  const reading = readingOf(options);
  const limits = { maxPixels: MOST_TILED_PIXELS };
  const open = async (path: string) =>
    scaledToHeight({ path, size: await inspectImage(path, limits), reading }, scale);
  const image = await open(options.image);
  const reference = await open(options.reference);
  if (!resize) checkSameSize(COMMAND, image, reference);
  const { lpips, backend, origin } = await openMetric(options, terminal, {
    command: COMMAND,
    images: [reference],
  });
  adviseScale(terminal, reference.size, options);
  try {
    const compared = await compareFiles(lpips, { image, reference }, options, terminal);
    const { distance, layers, map: values, pixels, expected } = compared;
    const found = pixels && expected && values && findRegions(pixels, expected, values, options);
    if (map !== undefined && pixels && values) {
      const { net, linear } = lpips;
      const own = origin.identity.official ? undefined : origin.identity.digest;
      const title = mapTitle(
        { net, version: calibrationName(lpips, origin.identity), linear },
        distance,
        own,
      );
      await writeAtomically(map, await drawHeatMap(pixels, values, title));
    }

    if (options.json) {
      const { image, reference } = options;
      const head = jsonHead(lpips, backend.name, origin);
      const verdict =
        failAbove === undefined ? {} : { verdict: { failAbove, passed: distance <= failAbove } };
      const at = scale === undefined ? {} : { scale };
      const result = {
        ...head,
        image,
        reference,
        ...at,
        distance,
        layers,
        ...verdict,
        ...found,
        ...jsonTail(),
      };
      terminal.out(`${JSON.stringify(result)}\n`);
    } else {
      terminal.out(`${formatDistance(distance)}  ${describeMetric(lpips, backend.name, origin)}\n`);
      if (options.layers) {
        terminal.out(layers.map((value, index) => `${formatDistance(value)}  tap ${index + 1}\n`).join(''));
      }
      if (found) terminal.out(regionsTable(found));
      if (!quiet) terminal.error(liteNote(lpips));
    }
    if (failAbove === undefined || distance <= failAbove) return EXIT.done;
    if (!quiet) tellNote(terminal, `the distance ${formatDistance(distance)} is above ${failAbove}.`);
    return EXIT.above;
  } finally {
    lpips.dispose();
  }
}

/** Numbers of a comparison, and what `--map` and `--regions` need beside them. */
interface ComparedFiles {
  readonly distance: number;
  readonly layers: readonly number[];
  readonly map: Float32Array | undefined;
  /** 8-bit pixels of the image, and of the reference. */
  readonly pixels: RgbPixels | undefined;
  readonly expected: RgbPixels | undefined;
}

/** Compares two files: whole, or in tiles where memory does not hold the comparison. */
async function compareFiles(
  lpips: Lpips,
  { image, reference }: ImagePair,
  options: DistanceArguments,
  terminal: Terminal,
): Promise<ComparedFiles> {
  const needsPixels = options.map !== undefined || options.regions;
  const tiles = tilesHere(lpips, reference.size);
  if (tiles)
    return await compareTiles(lpips, { image, reference }, { ...options, tiles, needsPixels }, terminal);
  const y = await readAtSize(reference, reference.size);
  const x = await readAtSize(image, reference.size);
  const pixels = needsPixels ? await imagePixels(x) : undefined;
  const expected = options.regions ? await imagePixels(y) : undefined;
  // Distance, layers and map come from these features, so each image passes the backbone once.
  const referenceFeatures = await makeFeatures(lpips, y);
  const imageFeatures = await makeFeatures(lpips, x);
  const distance = await takeNumber(lpips.distance(imageFeatures, referenceFeatures));
  const layers = [...(await takeValues(lpips.layers(imageFeatures, referenceFeatures)))];
  const map = pixels && (await takeValues(lpips.map(imageFeatures, referenceFeatures)));
  imageFeatures.dispose();
  referenceFeatures.dispose();
  return { distance, layers, map, pixels, expected };
}

async function compareTiles(
  lpips: Lpips,
  { image, reference }: ImagePair,
  {
    tiles,
    needsPixels,
    regions,
    quiet,
  }: { tiles: { side: number }; needsPixels: boolean; regions: boolean; quiet: boolean },
  terminal: Terminal,
): Promise<ComparedFiles> {
  const y = await openAtSize(reference, reference.size);
  const x = await openAtSize(image, reference.size);
  const progress = startProgress(terminal, 'comparing', 0, { unit: 'tiles', quiet });
  try {
    const onTile = (done: number, total: number) => progress.update(done, total);
    const compared = await lpips.compareSources(x, y, { tiles, map: needsPixels, onTile });
    const pixels = needsPixels ? x.levels() : undefined;
    return { ...compared, pixels, expected: regions ? y.levels() : undefined };
  } finally {
    progress.stop();
  }
}

async function checkMapPath(map: string, inputs: readonly string[]): Promise<void> {
  if (extname(map).toLowerCase() !== '.png') {
    throw new UsageError(
      `expected a name that ends in .png for --map, got "${map}". Heat maps are PNG files.`,
    );
  }
  await checkOutput(map, inputs);
}
