/**
 * @module
 * The digest by which a plan names its weights.
 */
import { createHash } from 'node:crypto';
import { checkWeightMap, invalid, kindOf, type WeightMap } from 'lpips-core';

/**
 * sha256 over names and values of weights, whatever the order of the map. Who compares the weights of two machines needs all of
 * it, not the beginning that people are shown.
 *
 * @param isCounted which tensors count. Default: all
 * @returns 64 hex digits
 * @throws LpipsError unless it is given weights
 */
export function digestOfWeights(
  weights: WeightMap,
  isCounted: (name: string) => boolean = () => true,
): string {
  checkWeightMap('digestOfWeights', weights);
  if (typeof isCounted !== 'function') {
    throw invalid('digestOfWeights', 'a function', 'isCounted', kindOf(isCounted));
  }
  const hash = createHash('sha256');
  for (const [name, { data }] of [...weights].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (isCounted(name)) hash.update(name).update(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
