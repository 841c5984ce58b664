/**
 * @module
 * Weights and moments as a checkpoint has them.
 */
import { invalid, type WeightMap } from 'lpips-core';

/**
 * Copies saved values into the weights of the same names.
 *
 * @param where function that refuses, as its caller knows it
 * @throws LpipsError where one is missing or of another size
 */
export function restoreWeights(where: string, weights: WeightMap, saved: WeightMap): void {
  for (const [name, { data }] of weights) {
    const values = saved.get(name)?.data;
    if (values?.length !== data.length) {
      throw invalid(where, `${data.length} values`, name, values ? `${values.length}` : 'none');
    }
    data.set(values);
  }
}
