/**
 * @module
 * Weights by their state-dict names: torchvision's for the backbone (`features.0.weight`, `[out, in, height, width]`)
 * and LPIPS's for the heads (`lin0.model.1.weight`, `[1, channels, 1, 1]`), so that official files need no mapping.
 */
import { invalid } from '../errors.js';

/** One weight: its row-major float32 values and their shape. */
export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Weights by state-dict name. */
export type WeightMap = ReadonlyMap<string, Weight>;

/** @throws LpipsError where there is no weight of this name */
export function weightOf(weights: WeightMap, name: string): Weight {
  const weight = weights.get(name);
  if (!weight) throw invalid('fromWeights', 'a weight', name, 'none');
  return weight;
}
