/**
 * @module
 * What a data set's patches are spoilt by: "traditional" distortions in a row, or the small autoencoders of "cnn".
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

/** Families of distortions, by the folder that they go to. */
export const FAMILY_NAMES = ['traditional', 'cnn'] as const;

export type FamilyName = (typeof FAMILY_NAMES)[number];

/** Spoils a 64x64 patch; the result holds 8-bit values. */
export type Spoiler = (patch: Raster, random: Random) => Promise<Raster>;

/** Most traditional distortions in a row. */
const MOST_IN_A_ROW = 3;
/** The least that is left of a distortion whose visibility is asked. */
const FAINTEST = 0.03;

/** Spoils by one to three traditional distortions in a row. */
export const spoilTraditionally: Spoiler = async (patch, random) => {
  const { image } = await distortAtRandom(patch, TRADITIONAL_FAMILIES, random, { most: MOST_IN_A_ROW });
  return image;
};

/**
 * Draws and fits autoencoders, and spoils by one of them at a time.
 *
 * @param count of autoencoders
 * @param patches that they are fitted to
 */
export async function spoilByAutoencoders(
  seed: number,
  count: number,
  patches: readonly Raster[],
): Promise<Spoiler> {
  const networks: LeastSquaresAutoencoder[] = [];
  for (let index = 0; index < count; index++) {
    const plan = drawAutoencoderPlan(seededRandom(seedOf(seed, 'autoencoder', index)));
    networks.push(LeastSquaresAutoencoder.fit(plan, patches));
    await setImmediate(); // signals, and the lock that must be touched, get their turn
  }
  return async (patch, random) => choose(random, networks).apply(patch, random);
}

/** Only a part of a spoiler's change, down to 3 % of it, so that some of it passes unnoticed. */
export function faintly(spoiler: Spoiler): Spoiler {
  return async (patch, random) => {
    const spoilt = await spoiler(patch, random);
    const share = FAINTEST ** between(random, 0, 1);
    return roundToBytes(
      mapSamples(patch, (value, _, index) => value + share * (float32At(spoilt.data, index) - value)),
    );
  };
}
