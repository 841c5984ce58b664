/**
 * @module
 * Weights for tests: the project's own `lite`, and seeded ones for the networks whose weights are other people's.
 */
import { readFileSync } from 'node:fs';
import {
  liteWeightsUrl,
  type NetName,
  parseSafetensors,
  type Weight,
  type WeightMap,
  weightShapes,
} from 'lpips-core';
import { randomValues } from '../../../../test/support/numbers.js';

/** The shipped weights of `lite`. */
export function liteWeights(): WeightMap {
  return parseSafetensors(readFileSync(liteWeightsUrl)).weights;
}

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

/** Weights of any network: the shipped ones of `lite`, seeded ones otherwise. */
export function weightsOf(net: NetName): WeightMap {
  return net === 'lite' ? liteWeights() : seededWeights(net);
}
