/**
 * @module
 * Compares two images for the matchers: four numbers with the places of those that have one, and the map for a picture.
 */
import { tensor4d } from '@tensorflow/tfjs-core';
import { type ImageSize, invalid, LITE_VERSION, type Lpips, type NetName } from 'lpips-core';
import { largestColourExcess } from './colour-excess.js';
import { type LocalDistance, largestLocalDistance } from './local-distance.js';
import { type CheckedOptions, checkLookOptions, checkSameSize } from './look-options.js';
import { pixelsOf, type ReadImage } from './lookable-image.js';
import type { LookableImage, LookOptions } from './matcher-types.js';
import { measure } from './measure.js';
import { ensureBackend, metricOf } from './metric.js';
import { readMasked } from './read-masked.js';
import { checkRegionsFit, leaveOut } from './regions.js';
import { FLOAT_NOISE, LOCAL_WINDOW, type Thresholds } from './thresholds.js';

export type { LocalDistance } from './local-distance.js';

/** Small shapes. Any glyph moves by half a pixel now and then, but few by more than one. */
const SHAPE = { square: 7, reach: 1 } as const;
/** Colours. A colour is no less another one where edges may move by two pixels. */
const COLOUR = { square: LOCAL_WINDOW, reach: 2 } as const;

const NAMES = ['distance', 'local', 'colour', 'shape'] as const satisfies (keyof Thresholds)[];

/** In place of a version: which weights an official net would have had is not known. */
const NOT_LOADED = 'not loaded, since all pixels are equal';

type Numbers = Pick<Comparison, 'distance' | 'local' | 'colour' | 'shape'>;

/** How far two images look apart. */
export interface Comparison {
  /** Whether no number is above its threshold. */
  readonly isAlike: boolean;
  /** The numbers that are above their thresholds, the one that is furthest above first. */
  readonly failures: readonly (keyof Thresholds)[];
  /** Perceptual distance, the mean over the image; 0 = identical. */
  readonly distance: number;
  /** The largest mean of its map over a square of 16x16 pixels, and the place of that square. */
  readonly local: LocalDistance;
  /** The largest difference of colours in OKLab, averaged over a square of 16x16 pixels, and its place. */
  readonly colour: LocalDistance;
  /** The same over a square of 7x7 pixels, where edges may move less: it sees small shapes. */
  readonly shape: LocalDistance;
  readonly thresholds: Thresholds;
  readonly net: NetName;
  /**
   * Calibration of the heads, for `lite` the version of its weights, and `custom 1a2b3c4d` where the weights are others.
   * An official net is not loaded where all pixels are equal, and this says so.
   */
  readonly version: string;
  /** Whether the weights are the published ones. Equal pixels are as far apart by any weights. */
  readonly isOfficial: boolean;
  /** Distance of each pixel, row by row. */
  readonly map: Float32Array;
  /** Whether all this is of the images over black, which differ more there than over white. */
  readonly isOverBlack: boolean;
}

/**
 * Compares two images as the matchers do.
 *
 * @throws LpipsError where an option is refused, an image is unreadable or too small, or the sizes differ
 */
export async function compareImages(
  image: LookableImage,
  reference: LookableImage,
  options: LookOptions = {},
): Promise<Comparison> {
  const where = 'compareImages';
  const checked = checkLookOptions(where, options);
  await ensureBackend();
  const x = await readMasked(where, 'the image', image, checked);
  try {
    const y = await readMasked(where, 'the reference', reference, checked);
    try {
      return await compareRead(where, x, y, checked);
    } finally {
      y.tensor.dispose();
    }
  } finally {
    x.tensor.dispose();
  }
}

/**
 * Compares images that were read.
 *
 * @param image not disposed
 * @param reference not disposed
 */
export async function compareRead(
  where: string,
  image: ReadImage,
  reference: ReadImage,
  options: CheckedOptions,
): Promise<Comparison> {
  checkSameSize(where, image, reference);
  checkRegionsFit(where, image, options);
  const comparison = await compareOverOne(where, image, reference, options);
  if (!image.overBlack && !reference.overBlack) return comparison;
  const x = await overBlack(image);
  try {
    const y = await overBlack(reference);
    try {
      const other = await compareOverOne(where, x, y, options);
      return timesAbove(other) > timesAbove(comparison) ? { ...other, isOverBlack: true } : comparison;
    } finally {
      y.tensor.dispose();
    }
  } finally {
    x.tensor.dispose();
  }
}

/** The same over black: a copy, which the caller disposes. */
export async function overBlack(image: ReadImage): Promise<ReadImage> {
  const tensor = image.overBlack ? await image.overBlack() : image.tensor.clone();
  return { tensor, width: image.width, height: image.height };
}

async function compareOverOne(
  where: string,
  image: ReadImage,
  reference: ReadImage,
  options: CheckedOptions,
): Promise<Comparison> {
  if (options.ignore.length === 0) return await compareParts(where, image, reference, options);
  const { image: part, weights } = await leaveOut(image, reference, options.ignore);
  try {
    return await compareParts(where, part, reference, options, weights);
  } finally {
    part.tensor.dispose();
  }
}

/** @param weights of the spatial mean, row by row; where it is 0, the image has the reference's pixels. Default 1. */
async function compareParts(
  where: string,
  image: ReadImage,
  reference: ReadImage,
  options: CheckedOptions,
  weights?: Float32Array,
): Promise<Comparison> {
  if (await isSamePixels(image, reference)) return identical(image, options);
  const metric = await metricOf(options);
  const { lpips } = metric;
  checkFits(where, image, lpips);
  const mask = weights && tensor4d(weights, [1, image.height, image.width, 1]);
  try {
    const { distance, map } = await measure(lpips, image, reference, mask);
    // The net looks around each pixel, so what differs beside an ignored part reaches into it.
    if (weights) for (const [index, weight] of weights.entries()) if (weight === 0) map[index] = 0;
    const local = largestLocalDistance(map, image, LOCAL_WINDOW);
    const numbers = { distance, local, ...(await compareColours(image, reference, options)) };
    return judged(numbers, map, { net: lpips.net, ...metric }, options);
  } finally {
    mask?.dispose();
  }
}

async function compareColours(
  image: ReadImage,
  reference: ReadImage,
  { pixelRatio }: CheckedOptions,
): Promise<Pick<Comparison, 'colour' | 'shape'>> {
  const [x, y] = [await pixelsOf(image), await pixelsOf(reference)];
  const wanted = [SHAPE, COLOUR].map(({ square, reach }) => {
    return { square, reach: Math.round(reach * pixelRatio) };
  });
  const [shape, colour] = largestColourExcess(x, y, wanted);
  if (!shape || !colour) throw new Error('two numbers were asked for');
  return { colour, shape };
}

function judged(
  numbers: Numbers,
  map: Float32Array,
  { net, version, isOfficial }: Pick<Comparison, 'net' | 'version' | 'isOfficial'>,
  { thresholds }: CheckedOptions,
): Comparison {
  const timesAbove = timesAboveEach(numbers, thresholds);
  const failures = NAMES.filter((name) => !(timesAbove[name] <= 1)).sort(
    (one, other) => timesAbove[other] - timesAbove[one],
  );
  const isAlike = failures.length === 0;
  return { isAlike, failures, ...numbers, thresholds, net, version, isOfficial, map, isOverBlack: false };
}

/** The largest of the numbers as multiples of their thresholds. */
function timesAbove(comparison: Comparison): number {
  return Math.max(...Object.values(timesAboveEach(comparison, comparison.thresholds)));
}

function timesAboveEach(numbers: Numbers, thresholds: Thresholds): Thresholds {
  const times = (value: number, threshold: number) => value / Math.max(threshold, FLOAT_NOISE);
  return {
    distance: times(numbers.distance, thresholds.distance),
    local: times(numbers.local.distance, thresholds.local),
    colour: times(numbers.colour.distance, thresholds.colour),
    shape: times(numbers.shape.distance, thresholds.shape),
  };
}

/** The result for identical images, which is the same with every net. Most screenshots are identical, so no net is loaded. */
function identical({ width, height }: ReadImage, options: CheckedOptions): Comparison {
  const map = new Float32Array(width * height);
  const version = options.net === 'lite' ? LITE_VERSION : NOT_LOADED;
  const nowhere = largestLocalDistance(map, { width, height }, LOCAL_WINDOW);
  const numbers = { distance: 0, local: nowhere, colour: nowhere, shape: nowhere };
  return judged(numbers, map, { net: options.net, version, isOfficial: true }, options);
}

async function isSamePixels({ tensor: a }: ReadImage, { tensor: b }: ReadImage): Promise<boolean> {
  const [x, y] = [await a.data<'float32'>(), await b.data<'float32'>()];
  return x.every((value, index) => value === y[index]);
}

/** @throws LpipsError where an image is too small for the net */
function checkFits(where: string, { width, height }: ImageSize, { net, smallestSize }: Lpips): void {
  if (Math.min(width, height) >= smallestSize) return;
  const requirement = `at least ${smallestSize}x${smallestSize} pixels for ${net}`;
  throw invalid(where, requirement, 'the image', `${width}x${height}`);
}
