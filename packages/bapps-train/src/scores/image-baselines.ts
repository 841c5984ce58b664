/**
 * @module
 * The two baselines of the paper's evaluation, in CIELAB, which is the default of its test script. L2 is half the mean
 * squared difference of L/100, a/100, b/100. DSSIM is (1 − SSIM) / 2 with the SSIM that scikit-image computes by
 * default, on each channel with a data range of 100: windows of 7 x 7 with equal weights, sample covariance, K1 .01, K2
 * .03, the mean over channels and over all windows inside the image. One deviation: the script truncates samples to
 * whole levels after a round trip through float32, which sometimes lowers them by one level; here they keep the level
 * of the file.
 */
import { at, invalid } from 'lpips-core';
import type { Raster } from 'lpips-pictures';
import { planeSimilarity } from 'lpips-pictures';
import { float32At, float64At } from '../typed-reads.js';

/** Names of the baselines, in the order of the tables. */
export const BASELINES = ['L2', 'SSIM'] as const;

export type Baseline = (typeof BASELINES)[number];

/** An image in CIELAB: planes of L in [0, 100], a and b, `[height, width]` each. */
export interface LabImage {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly Float64Array[];
}

const WINDOW = 7;
const LAB_RANGE = 100;

/** CIELAB's white, D65 and 2° observer. */
const WHITE = { x: 0.95047, z: 1.08883 } as const;

const LEVELS = 255;
/** A float32 sample that is this near to one of the 256 levels of a file is taken for that level. */
const LEVEL_TOLERANCE = 1e-4;
const LINEAR_LEVELS = Float64Array.from({ length: LEVELS + 1 }, (_, level) => linearised(level / LEVELS));

/** sRGB to CIELAB by the D65 primaries. */
export function toLab({ width, height, data }: Raster): LabImage {
  const count = width * height;
  const plane = () => new Float64Array(count);
  const [lightness, redGreen, blueYellow] = [plane(), plane(), plane()];
  for (let pixel = 0; pixel < count; pixel++) {
    const r = linear(float32At(data, 3 * pixel));
    const g = linear(float32At(data, 3 * pixel + 1));
    const b = linear(float32At(data, 3 * pixel + 2));
    const fx = cubeRoot((0.412453 * r + 0.35758 * g + 0.180423 * b) / WHITE.x);
    const fy = cubeRoot(0.212671 * r + 0.71516 * g + 0.072169 * b);
    const fz = cubeRoot((0.019334 * r + 0.119193 * g + 0.950227 * b) / WHITE.z);
    lightness[pixel] = 116 * fy - 16;
    redGreen[pixel] = 500 * (fx - fy);
    blueYellow[pixel] = 200 * (fy - fz);
  }
  return { width, height, planes: [lightness, redGreen, blueYellow] };
}

/** Half the mean squared difference in CIELAB / 100; ≥ 0, lower is more alike. */
export function labSquaredDistance(image: LabImage, reference: LabImage): number {
  let sum = 0;
  for (const [channel, plane] of image.planes.entries()) {
    const other = at(reference.planes, channel);
    for (let place = 0; place < plane.length; place++) {
      sum += ((float64At(plane, place) - float64At(other, place)) / LAB_RANGE) ** 2;
    }
  }
  return sum / (2 * 3 * image.width * image.height);
}

/**
 * (1 − SSIM) / 2 in CIELAB; from 0, lower is more alike.
 *
 * @throws LpipsError if the images are smaller than a window
 */
export function labDissimilarity(image: LabImage, reference: LabImage): number {
  const { width, height } = image;
  if (Math.min(width, height) < WINDOW) {
    throw invalid('labDissimilarity', `at least ${WINDOW}x${WINDOW} pixels`, 'image', `${width}x${height}`);
  }
  const similarities = image.planes.map((plane, channel) =>
    planeSimilarity(plane, at(reference.planes, channel), {
      windowMeans: (values) => boxMeans(values, width, height),
      varianceScale: WINDOW ** 2 / (WINDOW ** 2 - 1),
      range: LAB_RANGE,
    }),
  );
  return (1 - similarities.reduce((sum, value) => sum + value, 0) / similarities.length) / 2;
}

/** Means of all windows inside the plane, by sums that slide: `[height - 6, width - 6]`. */
function boxMeans(plane: Float64Array, width: number, height: number): Float64Array {
  const [innerWidth, innerHeight] = [width - WINDOW + 1, height - WINDOW + 1];
  const rows = new Float64Array(innerWidth * height);
  for (let y = 0; y < height; y++) slide(plane, y * width, 1, rows, y * innerWidth, 1, innerWidth);
  const means = new Float64Array(innerWidth * innerHeight);
  for (let x = 0; x < innerWidth; x++) slide(rows, x, innerWidth, means, x, innerWidth, innerHeight);
  return means;
}

/** Means of `WINDOW` neighbours along one line of a plane. */
function slide(
  from: Float64Array,
  start: number,
  stride: number,
  to: Float64Array,
  toStart: number,
  toStride: number,
  count: number,
): void {
  const at = float64At;
  let sum = 0;
  for (let k = 0; k < WINDOW - 1; k++) sum += at(from, start + k * stride);
  for (let place = 0; place < count; place++) {
    sum += at(from, start + (place + WINDOW - 1) * stride);
    to[toStart + place * toStride] = sum / WINDOW;
    sum -= at(from, start + place * stride);
  }
}

/** The inverse of sRGB's transfer function, from a table for whole levels, which is what files hold. */
function linear(value: number): number {
  const level = Math.round(value * LEVELS);
  const isLevel = Math.abs(value * LEVELS - level) < LEVEL_TOLERANCE;
  return (isLevel ? LINEAR_LEVELS[level] : undefined) ?? linearised(value);
}

function linearised(value: number): number {
  return value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92;
}

/** CIELAB's compression: a cube root with a linear beginning. */
function cubeRoot(value: number): number {
  return value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116;
}
