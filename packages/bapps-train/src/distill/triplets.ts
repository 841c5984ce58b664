/**
 * @module
 * What the student learns from: a reference, a square crop of a photograph at a random scale, and two distorted copies
 * of it, each through one to three distortions in a row. A few copies are other crops altogether. Triplet number n
 * depends on the seed, the photographs and n alone, so that any thread can make any of them.
 */
import { type Random, seededRandom } from '../pictures/random.js';
import { cut, fromBytes, mapSamples, type Raster, roundToBytes, toBytes } from '../pictures/raster.js';
import { BROAD_FAMILIES, type Family, pick, RECIPE_FAMILIES, whole } from './recipe-families.js';
import { shrink } from './scaling.js';

/** Height and width of every picture, in pixels. */
export const SIDE = 64;
/** Bytes of one picture. */
export const PICTURE_BYTES = SIDE * SIDE * 3;
/** A reference and two copies. */
export const TRIPLET_BYTES = 3 * PICTURE_BYTES;

const MOST_DISTORTIONS = 3;
const UNRELATED = 0.03;
/** Share of distortions that are drawn from the broad families. */
const BROAD = 0.15;
/** Share of distortions that touch a part of the picture only. */
const LOCAL = 0.1;

/** A decoded photograph, 8 bits a channel, rows of interleaved RGB. */
export interface Photograph {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Which families a copy may go through. */
export type Mixture = 'training' | 'recipe' | Readonly<Record<string, Family>>;

/**
 * The triplet's pictures as bytes, one after the other: reference, first copy, second copy.
 *
 * @param number of the triplet, which with the seed decides all that is random
 * @param mixture `'training'`: the sixteen families with some broader ones among them; `'recipe'`: the sixteen alone;
 *   else one of the given families for each copy
 */
export async function makeTriplet(
  photographs: readonly Photograph[],
  seed: number,
  number: number,
  mixture: Mixture = 'training',
): Promise<Uint8Array> {
  const random = seededRandom(mixSeed(seed, number));
  const reference = randomCrop(photographs, random);
  const bytes = new Uint8Array(TRIPLET_BYTES);
  bytes.set(toBytes(reference), 0);
  for (const place of [1, 2]) {
    bytes.set(toBytes(await makeCopy(photographs, reference, random, mixture)), place * PICTURE_BYTES);
  }
  return bytes;
}

/** A seed for item `number` of the sequence that `seed` names (murmur3's finaliser). */
export function mixSeed(seed: number, number: number): number {
  let h = (Math.imul(number, 0x9e3779b9) + seed) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A square crop at a random scale, mirrored half of the time, in `SIDE` x `SIDE` pixels of 8 bits. */
export function randomCrop(photographs: readonly Photograph[], random: Random): Raster {
  const photograph = pick(random, photographs);
  const largest = Math.min(photograph.width, photograph.height);
  const side = Math.round(SIDE * (largest / SIDE) ** random.uniform());
  const left = whole(random, 0, photograph.width - side);
  const top = whole(random, 0, photograph.height - side);
  const bytes = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    const start = 3 * ((top + y) * photograph.width + left);
    bytes.set(photograph.data.subarray(start, start + 3 * side), y * side * 3);
  }
  const crop = shrink(fromBytes(bytes, side, side), SIDE, 'area');
  return roundToBytes(random.uniform() < 0.5 ? mirror(crop) : crop);
}

async function makeCopy(
  photographs: readonly Photograph[],
  reference: Raster,
  random: Random,
  mixture: Mixture,
): Promise<Raster> {
  const other = randomCrop(photographs, random);
  if (typeof mixture !== 'string') {
    return roundToBytes(await pick(random, Object.values(mixture))(reference, random, other));
  }
  if (random.uniform() < UNRELATED) return other;
  const count = whole(random, 1, MOST_DISTORTIONS);
  let image = reference;
  for (let distortion = 0; distortion < count; distortion++) {
    const isBroad = mixture === 'training' && random.uniform() < BROAD;
    const family = pick(random, Object.values(isBroad ? BROAD_FAMILIES : RECIPE_FAMILIES));
    const isLocal = mixture === 'training' && random.uniform() < LOCAL;
    const distorted = clip(await family(image, random, other));
    image = isLocal ? through(softMask(random), distorted, image) : distorted;
  }
  return roundToBytes(image);
}

function clip(image: Raster): Raster {
  return mapSamples(image, (value) => Math.min(1, Math.max(0, value)));
}

function mirror(image: Raster): Raster {
  const columns = Array.from({ length: image.width }, (_, x) => cut(image, x, 0, 1, image.height));
  const data = new Float32Array(image.data.length);
  columns.forEach((column, x) => {
    for (let y = 0; y < image.height; y++) {
      data.set(column.data.subarray(3 * y, 3 * y + 3), 3 * (y * image.width + image.width - 1 - x));
    }
  });
  return { ...image, data };
}

/** A smooth step across the picture at a random place and in a random direction. */
function softMask(random: Random): (x: number, y: number) => number {
  const angle = 2 * Math.PI * random.uniform();
  const [u, v] = [Math.cos(angle), Math.sin(angle)];
  const [x0, y0] = [SIDE * random.uniform(), SIDE * random.uniform()];
  const width = 1 + 12 * random.uniform();
  return (x, y) => 1 / (1 + Math.exp(-(u * (x - x0) + v * (y - y0)) / width));
}

function through(mask: (x: number, y: number) => number, above: Raster, below: Raster): Raster {
  return mapSamples(below, (value, _, index) => {
    const pixel = Math.floor(index / 3);
    const share = mask(pixel % below.width, Math.floor(pixel / below.width));
    return value + share * ((above.data[index] ?? 0) - value);
  });
}
