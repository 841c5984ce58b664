/**
 * @module
 * Weights of a network for tests that need no official ones.
 */
import { type NetName, type Weight, weightShapes } from 'lpips-core';
import { randomValues } from './numbers.js';

/** Seeded weights of a network: He-uniform convolutions, small biases, heads in [0, 1). */
export function seededWeights(net: NetName, seed = 1): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  for (const [name, shape] of weightShapes(net)) {
    const size = shape.reduce((product, side) => product * side, 1);
    const [out = 1] = shape;
    const bound = shape.length === 4 ? Math.sqrt((6 * out) / size) : 0.1;
    const isHead = name.startsWith('lin');
    const data = randomValues(size, seed + weights.size, isHead ? 0 : -bound, isHead ? 1 : bound);
    weights.set(name, { shape, data });
  }
  return weights;
}
