/**
 * @module
 * Random weights to train from: kernels are normal with He's variance (2 / fan-in), biases are 0, and all head weights
 * are the same.
 */
import { at, type NetName, type Weight, type WeightMap, weightShapes } from 'lpips-core';
import { seededRandom } from 'lpips-pictures';
import { isHeadName } from './heads.js';

/** Every head weight at the start. Distances of unrelated images are then near 1/2. */
const HEAD = 0.1;

/** Seeded weights of a network under their state-dict names. */
export function randomWeights(net: NetName, seed: number): WeightMap {
  const random = seededRandom(seed);
  const weights = new Map<string, Weight>();
  for (const [name, shape] of weightShapes(net)) {
    const size = shape.reduce((product, side) => product * side, 1);
    const data = new Float32Array(size);
    if (isHeadName(name)) data.fill(HEAD);
    else if (shape.length === 4) {
      const deviation = Math.sqrt((2 * at(shape, 0)) / size);
      for (let i = 0; i < size; i++) data[i] = deviation * random.normal();
    }
    weights.set(name, { shape, data });
  }
  return weights;
}
