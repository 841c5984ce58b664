/**
 * @module
 * Weights that nobody else changes.
 */
import type { Weight, WeightMap } from 'lpips-core';

/** The same weights in arrays of their own. */
export function copyWeights(weights: WeightMap): Map<string, Weight> {
  return new Map([...weights].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
}
