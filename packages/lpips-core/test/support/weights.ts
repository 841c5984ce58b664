/**
 * @module
 * Weights for tests: the project's own `lite`, and seeded ones for the networks whose weights are other people's.
 */
import { readFileSync } from 'node:fs';
import { liteWeightsUrl, type NetName, parseSafetensors, type WeightMap } from 'lpips-core';
import { seededWeights } from '../../../../test/support/seeded-weights.js';

/** The shipped weights of `lite`. */
export function liteWeights(): WeightMap {
  return parseSafetensors(readFileSync(liteWeightsUrl)).weights;
}

/** Weights of any network: the shipped ones of `lite`, seeded ones otherwise. */
export function weightsOf(net: NetName): WeightMap {
  return net === 'lite' ? liteWeights() : seededWeights(net);
}
