/**
 * @module
 * The triplets that the student learns from: a reference, which is a square crop of a photograph at a random scale, and
 * two copies of it, each through one to three distortions in a row. A few copies are other crops altogether. Triplet
 * number n depends only on the seed, the photographs and n, so that any thread can make it.
 */
import {
  choose,
  drawCrop,
  mapSamples,
  type Random,
  type Raster,
  type RgbPixels,
  randomCrop,
  roundToBytes,
  SIDE,
  seededRandom,
  seedOf,
  toBytes,
} from 'lpips-pictures';
import {
  distortAtRandom,
  distortBy,
  drawStrength,
  HELD_OUT_FAMILIES,
  TRADITIONAL_FAMILIES,
  TRAINING_FAMILIES,
  UNSEEN_FAMILIES,
} from 'lpips-pictures/node';
import { float32At } from '../typed-reads.js';

/** Bytes of one picture. */
export const PICTURE_BYTES = SIDE * SIDE * 3;
/** Bytes of a reference and two copies. */
export const TRIPLET_BYTES = 3 * PICTURE_BYTES;

/** Bytes of a reference and two copies of another height and width. */
export function tripletBytes(side: number): number {
  return 9 * side * side;
}

const MOST_DISTORTIONS = 3;
const UNRELATED = 0.03;
/**
 * Shares of the copies of the training mixture: those with a broad distortion too, and those distorted only in part.
 */
const [BROAD, PARTIAL] = [0.2, 0.15];
/** Noises that belong neither to the sixteen families nor to the held-out ones. */
const BROAD_FAMILIES = TRADITIONAL_FAMILIES.filter(({ id }) =>
  ['uniform-noise', 'pink-noise', 'blue-noise', 'checkerboard'].includes(id),
);

/**
 * How copies are made. `training`: the sixteen families, with a few broader ones and partial copies among them;
 * `recipe`: the sixteen alone; `held-out`: one of the ten families that no training contains; `unseen`: one of the
 * three that served no choice either.
 */
export type Mixture = 'training' | 'recipe' | 'held-out' | 'unseen';

/**
 * The pictures of a triplet as bytes: the reference, the first copy, the second copy.
 *
 * @param side of the pictures, in pixels
 * @returns uint8 `[3, side, side, 3]`
 */
export async function makeTriplet(
  photographs: readonly RgbPixels[],
  seed: number,
  mixture: Mixture,
  number: number,
  side: number = SIDE,
): Promise<Uint8Array> {
  const random = seededRandom(seedOf(seed, mixture, number));
  const reference = randomCrop(photographs, random, side);
  const bytes = new Uint8Array(tripletBytes(side));
  bytes.set(toBytes(reference), 0);
  for (const place of [1, 2]) {
    bytes.set(toBytes(await makeCopy(photographs, reference, random, mixture)), (place * bytes.length) / 3);
  }
  return bytes;
}

async function makeCopy(
  photographs: readonly RgbPixels[],
  reference: Raster,
  random: Random,
  mixture: Mixture,
): Promise<Raster> {
  const other = drawCrop(photographs, random, reference.width);
  if (mixture === 'held-out' || mixture === 'unseen') {
    const family = choose(random, mixture === 'unseen' ? UNSEEN_FAMILIES : HELD_OUT_FAMILIES);
    return distortBy(reference, family, drawStrength(family, random), random, other);
  }
  if (random.uniform() < UNRELATED) return other();
  const options = { other, most: MOST_DISTORTIONS };
  const { image } = await distortAtRandom(reference, TRAINING_FAMILIES, random, options);
  if (mixture === 'recipe') return image;
  let copy = image;
  if (random.uniform() < BROAD) {
    const family = choose(random, BROAD_FAMILIES);
    copy = await distortBy(copy, family, drawStrength(family, random), random, other);
  }
  return random.uniform() < PARTIAL ? through(softMask(random, reference.width), copy, reference) : copy;
}

/** A smooth step across the picture at a random place and in a random direction. */
function softMask(random: Random, side: number): (x: number, y: number) => number {
  const angle = 2 * Math.PI * random.uniform();
  const [u, v] = [Math.cos(angle), Math.sin(angle)];
  const [x0, y0] = [side * random.uniform(), side * random.uniform()];
  const width = 1 + 12 * random.uniform();
  return (x, y) => 1 / (1 + Math.exp(-(u * (x - x0) + v * (y - y0)) / width));
}

/** `above` where the mask is 1, `below` where it is 0, in 8 bits. */
function through(mask: (x: number, y: number) => number, above: Raster, below: Raster): Raster {
  const mixed = mapSamples(below, (value, _, index) => {
    const pixel = Math.floor(index / 3);
    const share = mask(pixel % below.width, Math.floor(pixel / below.width));
    return value + share * (float32At(above.data, index) - value);
  });
  return roundToBytes(mixed);
}
