/**
 * @module
 * Families of distortions, for distorting many pictures at random. Each is a pure function of a picture, a strength,
 * seeded random numbers and another picture; strengths are drawn evenly over their logarithms. There are four sets: the
 * families that `lite` is trained on, two that it is tested on, and the "traditional" distortions of BAPPS
 * (Zhang et al. 2018, table 2).
 */
import { at, checkNumber, checkOptions, invalid, kindOf } from 'lpips-core';
import { checkArray, checkFunction, checkRandom, checkRaster } from '../check-arguments.js';
import {
  blur,
  blurMotion,
  median,
  mosaic,
  sharpen,
  shrinkAndEnlarge,
  smoothAreas,
} from '../distortions/filters.js';
import {
  ripple,
  rotate,
  shift,
  shiftChannels,
  tilt,
  transform,
  warp,
  zoom,
} from '../distortions/geometry.js';
import {
  addBlueNoise,
  addCheckerboard,
  addGreyNoise,
  addNoise,
  addPinkNoise,
  addSpecks,
  addUniformNoise,
} from '../distortions/noise.js';
import { addPatches, blend } from '../distortions/overlays.js';
import { reduceColours } from '../distortions/palette.js';
import {
  changeGamma,
  changeSaturation,
  darkenCorners,
  loseContrast,
  quantise,
  shiftColours,
} from '../distortions/photometric.js';
import { dither, interlace, loseBlocks } from '../distortions/signal.js';
import { between, choose, type Random, shuffle, wholeBetween } from '../random.js';
import { type Raster, roundToBytes } from '../raster.js';
import { RESIZE_KERNELS } from '../resize.js';
import { jpeg, webp } from './codecs.js';

/** A way to distort a picture. */
export interface Family {
  readonly id: string;
  /** the least strength that is drawn: it can hardly be seen */
  readonly weakest: number;
  /** the largest strength that is drawn: it cannot be overlooked */
  readonly strongest: number;
  /** @param other makes a picture of the same size, for families that need one */
  apply(image: Raster, strength: number, random: Random, other: () => Raster): Raster | Promise<Raster>;
}

const NOISE = family('noise', 0.008, 0.25, addNoise);
const BLUR = family('blur', 0.4, 4, blur);
const JPEG = family('jpeg', 0.15, 0.97, (image, loss) => jpeg(image, 100 * (1 - loss)));
const CONTRAST = family('contrast', 0.06, 0.7, (image, amount, random) =>
  loseContrast(image, random.uniform() < 0.6 ? amount : -amount),
);
const SATURATION = family('saturation', 0.15, 1, (image, amount, random) =>
  changeSaturation(image, random.uniform() < 0.5 ? -amount : amount),
);
const WARP = family('warp', 0.4, 6, (image, amplitude, random) => {
  const wave = () => ({ length: between(random, 24, 140), phase: between(random, 0, 2 * Math.PI) });
  return warp(image, amplitude, [wave(), wave(), wave(), wave()]);
});

/** The sixteen families that `lite` is trained on. */
export const TRAINING_FAMILIES: readonly Family[] = [
  NOISE,
  family('grey-noise', 0.008, 0.25, addGreyNoise),
  family('specks', 0.001, 0.12, addSpecks),
  BLUR,
  family('motion-blur', 2, 14, (image, length, random) =>
    blurMotion(image, length, between(random, 0, Math.PI)),
  ),
  JPEG,
  family('resampling', 1.25, 6, (image, factor, random) =>
    shrinkAndEnlarge(image, factor, choose(random, RESIZE_KERNELS), choose(random, RESIZE_KERNELS)),
  ),
  CONTRAST,
  family('colour-shift', 0.015, 0.3, (image, sigma, random) =>
    shiftColours(image, [sigma * random.normal(), sigma * random.normal(), sigma * random.normal()]),
  ),
  SATURATION,
  family('gamma', 0.08, 1.5, (image, strength, random) =>
    changeGamma(image, random.uniform() < 0.5 ? -strength : strength),
  ),
  WARP,
  family('shift', 0.2, 5, shiftAnywhere),
  family('quantisation', 0.03, 0.4, quantise),
  family('patches', 0.004, 0.25, addPatches),
  family('blend', 0.04, 0.7, (image, share, _random, other) => blend(image, other(), share)),
];

/** Ten families that `lite` is not trained on. */
export const HELD_OUT_FAMILIES: readonly Family[] = [
  family('median', 1, 2.99, (image, radius) => median(image, Math.floor(radius))),
  family('sharpening', 0.3, 6, sharpen),
  family('webp', 0.2, 0.99, (image, loss) => webp(image, 100 * (1 - loss))),
  family('chromatic-shift', 0.3, 4, (image, distance, random) => {
    const angle = between(random, 0, 2 * Math.PI);
    return shiftChannels(image, distance * Math.cos(angle), distance * Math.sin(angle));
  }),
  family('palette', 1 / 48, 1 / 2, (image, share) => reduceColours(image, 1 / share)),
  family('rotation', 0.5, 12, (image, degrees, random) =>
    rotate(image, random.uniform() < 0.5 ? -degrees : degrees),
  ),
  family('zoom', 0.01, 0.3, (image, gain, random) =>
    zoom(image, random.uniform() < 0.5 ? 1 / (1 + gain) : 1 + gain),
  ),
  family('mosaic', 2, 10, mosaic),
  family('vignette', 0.15, 1, darkenCorners),
  family('ripple', 0.3, 3, (image, amplitude, random) => ripple(image, amplitude, between(random, 8, 32))),
];

/**
 * Three families that neither the training of `lite` nor any choice between its versions has seen. They measure; nothing is
 * to be chosen by them.
 */
export const UNSEEN_FAMILIES: readonly Family[] = [
  family('interlacing', 0.4, 6, interlace),
  family('lost-blocks', 0.03, 0.5, loseBlocks),
  family('dithering', 0.04, 0.5, dither),
];

/** The "traditional" distortions of BAPPS: photometric, noise, blur, spatial, compression. */
export const TRADITIONAL_FAMILIES: readonly Family[] = [
  family('lightness-shift', 0.03, 0.35, (image, amount, random) => {
    const signed = random.uniform() < 0.5 ? -amount : amount;
    return shiftColours(image, [signed, signed, signed]);
  }),
  family('colour-shift', 0.02, 0.25, (image, amount, random) => {
    const shifts = shuffle(random, [amount, -amount, between(random, -amount, amount)]);
    return shiftColours(image, [at(shifts, 0), at(shifts, 1), at(shifts, 2)]);
  }),
  CONTRAST,
  SATURATION,
  family('uniform-noise', 0.01, 0.25, addUniformNoise),
  family('white-noise', 0.01, 0.25, addNoise),
  family('pink-noise', 0.01, 0.2, addPinkNoise),
  family('blue-noise', 0.01, 0.25, addBlueNoise),
  family('checkerboard', 0.01, 0.15, (image, amount, random) =>
    addCheckerboard(image, amount, wholeBetween(random, 1, 4)),
  ),
  BLUR,
  family('bilateral', 0.05, 0.6, smoothAreas),
  family('shift', 0.3, 6, shiftAnywhere),
  family('affine', 0.01, 0.2, (image, amount, random) =>
    transform(image, [
      1 + amount * random.normal(),
      amount * random.normal(),
      amount * random.normal(),
      1 + amount * random.normal(),
    ]),
  ),
  family('homography', 0.05, 0.6, (image, amount, random) => {
    const angle = between(random, 0, 2 * Math.PI);
    return tilt(image, amount * Math.cos(angle), amount * Math.sin(angle));
  }),
  WARP,
  family('ghosting', 0.05, 0.5, (image, share, random) =>
    blend(image, shift(image, wholeBetween(random, -6, 6), wholeBetween(random, 2, 6)), share),
  ),
  family('chromatic-aberration', 0.3, 4, (image, distance, random) => {
    const angle = between(random, 0, 2 * Math.PI);
    return shiftChannels(image, distance * Math.cos(angle), distance * Math.sin(angle));
  }),
  JPEG,
];

/** How a picture is distorted by several families in a row. */
export interface DistortOptions {
  /** Makes a picture of the same size to blend with. Default: the picture itself, upside down. */
  readonly other?: () => Raster;
  /** The largest number of families in a row; the number is drawn evenly. Default 3. */
  readonly most?: number;
}

/**
 * Draws a strength of a family.
 *
 * @throws LpipsError for arguments of another kind
 */
export function drawStrength(family: Family, random: Random): number {
  checkFamily('drawStrength', family);
  checkRandom('drawStrength', random);
  const { weakest, strongest } = family;
  return weakest * (strongest / weakest) ** random.uniform();
}

/**
 * Distorts a picture by one family at a given strength; the result holds 8-bit values.
 *
 * @throws LpipsError for arguments of another kind
 */
export async function distortBy(
  image: Raster,
  family: Family,
  strength: number,
  random: Random,
  other = () => upsideDown(image),
): Promise<Raster> {
  checkRaster('distortBy', 'image', image);
  checkFamily('distortBy', family);
  checkNumber('distortBy', 'strength', strength);
  checkRandom('distortBy', random);
  checkFunction('distortBy', 'other', other);
  return roundToBytes(await family.apply(image, strength, random, other));
}

/**
 * Distorts a picture by one to `most` different families in a row, at random strengths.
 *
 * @param random the same numbers give the same picture
 * @returns the picture, which holds 8-bit values, and the ids of the families in their order
 * @throws LpipsError for arguments of another kind
 */
export async function distortAtRandom(
  image: Raster,
  families: readonly Family[],
  random: Random,
  options: DistortOptions = {},
): Promise<{ image: Raster; families: readonly string[] }> {
  checkRaster('distortAtRandom', 'image', image);
  checkArray('distortAtRandom', 'families', families);
  for (const each of families) checkFamily('distortAtRandom', each);
  checkRandom('distortAtRandom', random);
  checkOptions('distortAtRandom', options, ['other', 'most']);
  const { other = () => upsideDown(image), most = 3 } = options;
  checkFunction('distortAtRandom', 'other', other);
  checkNumber('distortAtRandom', 'most', most, { least: 1, isWhole: true });
  const count = Math.min(families.length, wholeBetween(random, 1, most));
  const chosen = shuffle(random, families).slice(0, count);
  let result = image;
  for (const one of chosen)
    result = roundToBytes(await one.apply(result, drawStrength(one, random), random, other));
  return { image: result, families: chosen.map(({ id }) => id) };
}

/** @throws LpipsError unless the value is a family of distortions */
function checkFamily(where: string, value: unknown): void {
  const isOne =
    typeof value === 'object' && value !== null && 'apply' in value && typeof value.apply === 'function';
  if (!isOne) throw invalid(where, 'a family such as one of TRAINING_FAMILIES', 'family', kindOf(value));
}

function family(id: string, weakest: number, strongest: number, apply: Family['apply']): Family {
  return { id, weakest, strongest, apply };
}

function shiftAnywhere(image: Raster, distance: number, random: Random): Raster {
  const angle = between(random, 0, 2 * Math.PI);
  return shift(image, distance * Math.cos(angle), distance * Math.sin(angle));
}

function upsideDown({ width, height, data }: Raster): Raster {
  const turned = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    turned.set(data.subarray(3 * width * y, 3 * width * (y + 1)), 3 * width * (height - 1 - y));
  }
  return { width, height, data: turned };
}
