/**
 * @module
 * The weights that training begins with: heads of any kind, and in the modes "tune" and "scratch" an official or a
 * random backbone.
 */
import type { NetName, WeightMap } from 'lpips-core';
import { channelsOfTaps } from '../networks/heads.js';
import { PooledHeads } from '../networks/pooled-heads.js';
import { randomWeights } from '../networks/random-weights.js';
import { randomStream } from './random-streams.js';

/** What heads begin with: 1/channels each, uniform numbers as in the official trainer, or given values. */
export type InitialHeads = 'uniform' | 'random' | WeightMap;

/**
 * Heads to begin with.
 *
 * @param channels of each tap
 * @throws LpipsError as `PooledHeads.set`
 */
export function initialHeads(channels: readonly number[], initial: InitialHeads, seed: number): PooledHeads {
  const heads = new PooledHeads(channels);
  if (initial === 'uniform') heads.setUniform();
  else if (initial === 'random') heads.setRandom(randomStream(seed, 'heads'));
  else heads.set(initial);
  return heads;
}

/**
 * A whole network to begin with.
 *
 * @param backbone `'random'`: from the seed; otherwise the weights under the names `features.*`
 * @throws LpipsError as `initialHeads`
 */
export function initialNetwork(
  net: NetName,
  backbone: 'random' | WeightMap,
  initial: InitialHeads,
  seed: number,
): WeightMap {
  const heads = initialHeads(channelsOfTaps(net), initial, seed);
  // Negative values of a random start would be clamped by the first step, but a network with them is refused.
  for (const { data } of heads.weights.values()) {
    for (const [i, weight] of data.entries()) data[i] = Math.max(0, weight);
  }
  const features = [...(backbone === 'random' ? randomWeights(net, seed) : backbone)].filter(([name]) =>
    name.startsWith('features.'),
  );
  return new Map([...features, ...heads.weights]);
}
