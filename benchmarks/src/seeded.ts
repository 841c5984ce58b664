/**
 * @module
 * Seeded numbers, weights and images: speed does not depend on what the weights have learned.
 */
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs';
import { mulberry32, type NetName, type Weight, weightShapes } from 'lpips-core';

/** Seeded uniform numbers in [low, high). */
export function seededValues(size: number, seed: number, low: number, high: number): Float32Array {
  const next = mulberry32(seed);
  return Float32Array.from({ length: size }, () => low + (high - low) * next());
}

/** Seeded images in [-1, 1], float32 `[batch, side, side, 3]`. */
export function seededImages(batch: number, side: number, seed: number): Tensor4D {
  return tensor4d(seededValues(batch * side * side * 3, seed, -1, 1), [batch, side, side, 3]);
}

/** Seeded weights of a network under their official names: He-uniform convolutions, small biases, heads in [0, 1). */
export function seededWeights(net: NetName): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  for (const [name, shape] of weightShapes(net)) {
    const size = shape.reduce((product, side) => product * side, 1);
    const [out = 1] = shape;
    const bound = shape.length === 4 ? Math.sqrt((6 * out) / size) : 0.1;
    const [low, high] = name.startsWith('lin') ? [0, 1] : [-bound, bound];
    weights.set(name, { shape, data: seededValues(size, weights.size + 1, low, high) });
  }
  return weights;
}
