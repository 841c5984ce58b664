/**
 * @module
 * What a whole network begins with: a backbone, official or random, and heads as the mode "linear" begins with them.
 */
import { type NetName, type WeightMap, weightShapes } from 'lpips-core';
import { randomWeights } from '../networks/random-weights.js';
import type { InitialHeads } from './linear.js';
import { PooledHeads } from './pooled-heads.js';
import { randomStream } from './random-streams.js';

/**
 * Weights of a network to begin with.
 *
 * @param backbone `'random'`: from the seed; else those of `features.*` in these weights
 */
export function initialNetwork(
  net: NetName,
  backbone: 'random' | WeightMap,
  initial: InitialHeads,
  seed: number,
): WeightMap {
  const shapes = [...weightShapes(net)].filter(([name]) => name.startsWith('lin'));
  const heads = new PooledHeads(shapes.map(([, [, channels = 0]]) => channels));
  if (initial === 'uniform') heads.setUniform();
  else if (initial === 'random') heads.setRandom(randomStream(seed, 'heads'));
  else heads.set(initial);
  // The first step would clamp what is negative; the network is refused with it.
  for (const { data } of heads.weights.values())
    for (const [i, w] of data.entries()) data[i] = Math.max(0, w);
  const features = [...(backbone === 'random' ? randomWeights(net, seed) : backbone)].filter(([name]) =>
    name.startsWith('features.'),
  );
  return new Map([...features, ...heads.weights]);
}
