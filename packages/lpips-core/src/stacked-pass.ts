/**
 * @module
 * Images and their references on their way through a backbone as one batch, to the differences of their taps: a single node on
 * TensorFlow.js's tape. With a node for each operation and side, as everywhere else, the tape takes as long as the operations of a
 * small network. A gradient passes through one side alone.
 */
import {
  concat,
  engine,
  slice,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import {
  type Backbone,
  type ConvRelu,
  type Network,
  type Operation,
  weightsOf,
} from './backbones/backbone.js';
import { at } from './item-at.js';
import { inputGradient } from './operations/conv-relu.js';
import { convolveBiasRelu } from './operations/convolve.js';
import { onlyOnce } from './operations/differentiable.js';
import { withLazyGradients } from './operations/lazy-gradients.js';
import { largest } from './operations/max-pool.js';
import { hasKernel, METRIC_KERNELS } from './operations/metric-kernels.js';
import { reluGradient } from './operations/relu-gradient.js';
import { areFasterTogether } from './operations/stack.js';
import { isTapeOn } from './operations/tape.js';
import {
  hasUnitDifference,
  meanUnitDifference,
  type Side,
  unitDifferenceGradient,
} from './operations/unit-difference.js';

const POOL_GRADIENT = METRIC_KERNELS.maxPoolGradientOfPart;

/** Whether the backend has the kernels, the backbone is a mere sequence of them, and two such batches are faster as one. */
export function hasStackedPass({ operations }: Backbone, x: Tensor4D, y: Tensor4D): boolean {
  const isPlain = (row: Operation) =>
    row.operation === 'convRelu' || (row.operation === 'maxPool' && !row.ceil);
  return (
    x.shape[0] === y.shape[0] &&
    hasUnitDifference() &&
    hasKernel(POOL_GRADIENT) &&
    operations.every(isPlain) &&
    areFasterTogether(x, y)
  );
}

/**
 * The spatial mean of w_l · (û_l − v̂_l)² of every tap l, `[batch]`, differentiable with respect to either side.
 *
 * @param x float32 `[batch, height, width, 3]` after the scaling layer
 * @param y as many references
 * @param heads w of every tap, `[1, 1, channels, 1]`
 */
export function stackedDifferences(
  network: Network,
  x: Tensor4D,
  y: Tensor4D,
  heads: readonly Tensor4D[],
): Tensor1D[] {
  return withLazyGradients<Tensor1D>(
    { x, y },
    () => forward(network, concat([x, y]), heads),
    (name, dys, saved) => {
      const side = name === 'x' ? 0 : 1;
      const gradient = tidy(() =>
        backward(network, heads, x, side, dys as (Tensor1D | null)[], saved as Tensor4D[]),
      );
      const known = dys.filter((dy): dy is Tensor => dy !== null);
      return isTapeOn() ? onlyOnce(gradient, [...known, x, y]) : gradient;
    },
  );
}

/** The differences, and while a tape is on the activations of every row. */
function forward(network: Network, pixels: Tensor4D, heads: readonly Tensor4D[]) {
  const activations: Tensor4D[] = [];
  const values: Tensor1D[] = [];
  let activation = pixels;
  for (const row of network.backbone.operations) {
    const previous = activation;
    activation = apply(network, row, previous);
    if (isTapeOn()) activations.push(activation);
    if (!isTapeOn() || previous === pixels) previous.dispose();
    if (row.isTap) values.push(meanUnitDifference(activation, at(heads, values.length)));
  }
  return { values, saved: activations };
}

function apply(network: Network, row: Operation, x: Tensor4D): Tensor4D {
  if (row.operation === 'maxPool') return largest(x, row);
  const { filter, bias, geometry } = weightsOf(network.convolutions, row as ConvRelu); // a plain backbone has no other rows
  return convolveBiasRelu(x, filter, bias, geometry);
}

/** The gradient of one side of the pixels, from those of the differences, where they have one. */
function backward(
  network: Network,
  heads: readonly Tensor4D[],
  { shape }: Tensor4D,
  side: Side,
  dys: readonly (Tensor1D | null)[],
  activations: readonly Tensor4D[],
): Tensor4D {
  const { operations } = network.backbone;
  const first = side * shape[0];
  let tap = heads.length;
  let gradient: Tensor4D | undefined; // of this side of the activations of the row that is next
  for (let index = operations.length - 1; index >= 0; index--) {
    const row = at(operations, index);
    const y = at(activations, index);
    const x = index > 0 ? at(activations, index - 1) : undefined;
    const above = gradient;
    const dy = row.isTap ? dys[--tap] : undefined;
    if (row.operation === 'maxPool') {
      if (!above || !x) continue;
      const attributes = { size: row.size, stride: row.stride, first };
      gradient = engine().runKernel<Tensor4D>(POOL_GRADIENT, { dy: above, x, y }, attributes);
    } else {
      const sums = dy
        ? unitDifferenceGradient(dy, { x: y, head: at(heads, tap), side, above })
        : above && reluGradient(above, slice(y, [first, 0, 0, 0], above.shape));
      if (!sums) continue;
      const [, height, width] = x?.shape ?? shape;
      gradient = inputGradient(sums, weightsOf(network.convolutions, row as ConvRelu), height, width);
      sums.dispose();
    }
    above?.dispose();
  }
  if (!gradient) throw new Error('stackedDifferences: a gradient of nothing');
  return gradient;
}
