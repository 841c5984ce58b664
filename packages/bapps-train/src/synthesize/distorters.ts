/**
 * @module
 * The two families of distortions in a data set: "traditional" ones in a row, and the small autoencoders of "cnn".
 */
import { setImmediate } from 'node:timers/promises';
import {
  between,
  choose,
  drawAutoencoderPlan,
  LeastSquaresAutoencoder,
  mapSamples,
  type Random,
  type Raster,
  roundToBytes,
  seededRandom,
  seedOf,
} from 'lpips-pictures';
import { distortAtRandom, TRADITIONAL_FAMILIES } from 'lpips-pictures/node';
import { float32At } from '../typed-reads.js';

/** Families of distortions, by the names of their folders. */
export const FAMILY_NAMES = ['traditional', 'cnn'] as const;

export type FamilyName = (typeof FAMILY_NAMES)[number];

/** Distorts a 64x64 patch; the result holds 8-bit values. */
export type Distorter = (patch: Raster, random: Random) => Promise<Raster>;

/** Most traditional distortions in a row. */
const MOST_IN_A_ROW = 3;
/** Least share of a distortion in a pair whose visibility is asked. */
const FAINTEST = 0.03;

/** Applies one to three traditional distortions in a row. */
export const distortTraditionally: Distorter = async (patch, random) => {
  const { image } = await distortAtRandom(patch, TRADITIONAL_FAMILIES, random, { most: MOST_IN_A_ROW });
  return image;
};

/**
 * Draws and fits autoencoders, and distorts by one of them at a time.
 *
 * @param count number of autoencoders
 * @param patches that they are fitted to
 */
export async function distortByAutoencoders(
  seed: number,
  count: number,
  patches: readonly Raster[],
): Promise<Distorter> {
  const networks: LeastSquaresAutoencoder[] = [];
  for (let index = 0; index < count; index++) {
    const plan = drawAutoencoderPlan(seededRandom(seedOf(seed, 'autoencoder', index)));
    networks.push(LeastSquaresAutoencoder.fit(plan, patches));
    await setImmediate(); // gives signals, and the renewal of the file lock, their turn
  }
  return async (patch, random) => choose(random, networks).apply(patch, random);
}

/** Applies only a part of a distortion, down to 3 % of it, so that some pairs look the same. */
export function faintly(distorter: Distorter): Distorter {
  return async (patch, random) => {
    const distorted = await distorter(patch, random);
    const share = FAINTEST ** between(random, 0, 1);
    return roundToBytes(
      mapSamples(patch, (value, _, index) => value + share * (float32At(distorted.data, index) - value)),
    );
  };
}
