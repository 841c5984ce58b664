/**
 * @module
 * Strict loading: every weight that the table asks for must be there, in its shape and finite, nothing else may be,
 * and no head may be negative (a negative head would reward differences).
 */

import { invalid } from '../errors.js';
import type { Weight, WeightMap } from '../weights/weight-map.js';
import { type Backbone, convolutions, type NetName, tapChannels } from './backbone.js';
import { backboneOf } from './registry.js';

/** State-dict name of the head of tap `index`. */
export function headName(index: number): string {
  return `lin${index}.model.1.weight`;
}

/** Names and shapes of the weights that a network loads, convolutions in order and then the heads. */
export function weightShapes(net: NetName): Map<string, number[]> {
  return expectedShapes(backboneOf('weightShapes', net), { heads: true });
}

/** Names and shapes of the weights of a backbone, heads last if they are asked for. */
function expectedShapes(backbone: Backbone, { heads }: { heads: boolean }): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  for (const { name, in: channelsIn, out, kernel } of convolutions(backbone)) {
    shapes.set(`${name}.weight`, [out, channelsIn, kernel, kernel]);
    shapes.set(`${name}.bias`, [out]);
  }
  if (heads) {
    for (const [index, channels] of tapChannels(backbone).entries()) {
      shapes.set(headName(index), [1, channels, 1, 1]);
    }
  }
  return shapes;
}

/**
 * Refuses weights that are not exactly those of the network. Heads may be absent where they are not used.
 *
 * @throws LpipsError naming the first weight that is missing, superfluous, of another shape, not finite or negative
 */
export function checkWeights(weights: WeightMap, backbone: Backbone, { heads }: { heads: boolean }): void {
  const { net } = backbone;
  const known = expectedShapes(backbone, { heads: true });
  for (const [name, shape] of expectedShapes(backbone, { heads })) {
    const weight = weights.get(name);
    if (!weight) {
      throw invalid('fromWeights', `weight "${name}"`, net, 'none', 'Are these weights of another network?');
    }
    checkShape(name, weight, shape, net);
  }
  for (const [name, weight] of weights) {
    if (!known.has(name)) {
      const advice = 'Are these weights of another network? Leave out what is not a convolution or a head.';
      throw invalid('fromWeights', `only the weights of ${net}`, 'weights', `"${name}" too`, advice);
    }
    checkValues(name, weight);
  }
}

function checkShape(name: string, weight: Weight, shape: readonly number[], net: NetName): void {
  if (weight.shape.join() !== shape.join()) {
    const advice = `Are these weights of another network than ${net}?`;
    throw invalid('fromWeights', `shape [${shape.join(', ')}]`, name, `[${weight.shape.join(', ')}]`, advice);
  }
  const size = shape.reduce((product, side) => product * side, 1);
  if (weight.data.length !== size) {
    throw invalid('fromWeights', `${size} values`, name, `${weight.data.length}`, 'Is the file truncated?');
  }
}

function checkValues(name: string, { data }: Weight): void {
  const least = name.startsWith('lin') ? 0 : Number.NEGATIVE_INFINITY;
  for (const value of data) {
    if (!Number.isFinite(value)) {
      throw invalid('fromWeights', 'finite values', name, `${value}`, 'Is the file damaged?');
    }
    if (value < least) {
      const advice = 'Clamp the heads at 0 after every training step.';
      throw invalid('fromWeights', 'values ≥ 0', name, `${value}`, advice);
    }
  }
}
