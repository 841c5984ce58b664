/**
 * @module
 * Compares two images for the matchers: their distance, their largest local distance, and the map for a picture.
 */
import { getBackend } from '@tensorflow/tfjs-core';
import { invalid, LITE_VERSION, type Lpips, type NetName } from 'lpips-core';
import { type BackendName, maxPixels, takeNumber, takeValues } from 'lpips-node';
import { type LocalDistance, largestLocalDistance } from './local-distance.js';
import {
  type CheckedOptions,
  checkLookOptions,
  checkSameSize,
  FLOAT_NOISE,
  LOCAL_WINDOW,
  type LookOptions,
  type Thresholds,
} from './look-options.js';
import { type LookableImage, type ReadImage, readLookable } from './lookable-image.js';
import { ensureBackend, metricOf } from './metric.js';

export type { LocalDistance } from './local-distance.js';

/** How far two images look apart. */
export interface Comparison {
  /** Whether neither number is above its threshold. */
  readonly isAlike: boolean;
  /** Perceptual distance, the mean over the image; 0 = identical. */
  readonly distance: number;
  /** The largest mean of its map over a square of 16x16 pixels, and the place of that square. */
  readonly local: LocalDistance;
  readonly thresholds: Thresholds;
  readonly net: NetName;
  /** Calibration of the heads; for `lite` the version of its weights. */
  readonly version: string;
  /** Distance of each pixel, row by row. */
  readonly map: Float32Array;
}

/**
 * Compares two images as the matchers do.
 *
 * @throws LpipsError where an option is refused, an image is unreadable, too large or too small, or the sizes differ
 */
export async function compareImages(
  image: LookableImage,
  reference: LookableImage,
  options: LookOptions = {},
): Promise<Comparison> {
  const where = 'compareImages';
  const checked = checkLookOptions(where, options);
  await ensureBackend();
  const x = await readLookable(where, 'the image', image, checked.range);
  try {
    const y = await readLookable(where, 'the reference', reference, checked.range);
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
  if (await isSamePixels(image, reference)) return identical(image, options);
  const lpips = await metricOf(options);
  checkFits(where, image, lpips);
  const referenceFeatures = lpips.features(reference.tensor);
  const imageFeatures = lpips.features(image.tensor);
  try {
    const distance = await takeNumber(lpips.distance(imageFeatures, referenceFeatures));
    const map = await takeValues(lpips.map(imageFeatures, referenceFeatures));
    const local = largestLocalDistance(map, image, LOCAL_WINDOW);
    return judged(distance, local, map, lpips, options);
  } finally {
    imageFeatures.dispose();
    referenceFeatures.dispose();
  }
}

function judged(
  distance: number,
  local: LocalDistance,
  map: Float32Array,
  { net, version }: Pick<Lpips, 'net' | 'version'>,
  { thresholds }: CheckedOptions,
): Comparison {
  const isAlike =
    distance <= Math.max(thresholds.distance, FLOAT_NOISE) &&
    local.distance <= Math.max(thresholds.local, FLOAT_NOISE);
  return { isAlike, distance, local, thresholds, net, version, map };
}

/** The result for identical images, which is the same with every net. Most screenshots are identical, so no net is loaded. */
function identical({ width, height }: ReadImage, options: CheckedOptions): Comparison {
  const map = new Float32Array(width * height);
  const version = options.net === 'lite' ? LITE_VERSION : options.version;
  const local = largestLocalDistance(map, { width, height }, LOCAL_WINDOW);
  return judged(0, local, map, { net: options.net, version }, options);
}

async function isSamePixels({ tensor: a }: ReadImage, { tensor: b }: ReadImage): Promise<boolean> {
  const [x, y] = [await a.data<'float32'>(), await b.data<'float32'>()];
  return x.every((value, index) => value === y[index]);
}

/** @throws LpipsError where an image is too small for the net, or too large for the net and the backend */
function checkFits(where: string, { width, height }: ReadImage, { net, smallestSize }: Lpips): void {
  const size = `${width}x${height}`;
  if (Math.min(width, height) < smallestSize) {
    throw invalid(where, `at least ${smallestSize}x${smallestSize} pixels for ${net}`, 'the image', size);
  }
  const backend = getBackend();
  if (!isBackendName(backend)) return;
  const limit = maxPixels(net, backend);
  if (width * height <= limit) return;
  const requirement = `at most ${limit.toLocaleString('en-US')} pixels with ${net} on ${backend}`;
  throw invalid(where, requirement, 'the image', size, 'Compare it in parts, or scaled down.');
}

function isBackendName(name: string): name is BackendName {
  return name === 'tensorflow' || name === 'webgpu' || name === 'wasm' || name === 'cpu';
}
