/**
 * @module
 * Images and their references on their way through a backbone as one batch, to the differences of their taps: a single node on
 * TensorFlow.js's tape. With a node for each operation and side, as everywhere else, the tape takes as long as the operations of a
 * small network. A gradient passes through one side alone.
 */
import { engine, slice, type Tensor, type Tensor1D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import {
  type Backbone,
  type ConvRelu,
  type Network,
  type Operation,
  weightsOf,
} from './backbones/backbone.js';
import { at } from './item-at.js';
import { type ConvReluWeights, inputGradient } from './operations/conv-relu.js';
import { convolveBiasRelu } from './operations/convolve.js';
import { onlyOnce } from './operations/differentiable.js';
import { withLazyGradients } from './operations/lazy-gradients.js';
import { largest } from './operations/max-pool.js';
import { hasKernel, METRIC_KERNELS } from './operations/metric-kernels.js';
import { reluGradient } from './operations/relu-gradient.js';
import {
  guardedScale,
  hasPairScaling,
  stackPair,
  unitImages,
  type ValueRange,
} from './operations/scale-images.js';
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
export function hasStackedPass({ operations }: Backbone, image: Tensor4D, reference: Tensor4D): boolean {
  const isPlain = (row: Operation) =>
    row.operation === 'convRelu' || (row.operation === 'maxPool' && !row.ceil);
  return (
    image.shape[0] === reference.shape[0] &&
    hasUnitDifference() &&
    hasPairScaling() &&
    hasKernel(POOL_GRADIENT) &&
    operations.every(isPlain) &&
    areFasterTogether(image, reference)
  );
}

interface StackedPair {
  /** `[batch, height, width, 3 or 1]` in `range` */
  image: Tensor4D;
  /** As many references. */
  reference: Tensor4D;
  range: ValueRange;
  /** Whether there is one value for each tap, or their sum alone. */
  as: 'sum' | 'taps';
}

/**
 * The spatial mean of w_l · (û_l − v̂_l)² of every tap l, `[batch]`, or their sum alone, differentiable with respect to either side.
 * It is NaN where an image or its reference is not finite.
 *
 * @param heads w of every tap, `[1, 1, channels, 1]`
 */
export function stackedDifferences(
  network: Network,
  heads: readonly Tensor4D[],
  { image, reference, range, as }: StackedPair,
): Tensor1D[] {
  const { scalingLayer } = network.backbone;
  const [x, y] = [unitImages(image, range), unitImages(reference, range)];
  return withLazyGradients<Tensor1D>(
    { x, y },
    () => {
      const { both, marks } = stackPair(x, y, scalingLayer);
      const activations: Tensor4D[] = [];
      const values: Tensor1D[] = [];
      let added: Tensor1D | undefined = marks;
      for (const activation of activationsOf(network, both, activations)) {
        const value = meanUnitDifference(activation, at(heads, values.length), added);
        values.push(value);
        added = as === 'sum' ? value : undefined;
      }
      return { values: as === 'sum' ? values.slice(-1) : values, saved: [marks, ...activations] };
    },
    (name, given, [marks, ...activations]) => {
      const dys = (as === 'sum' ? heads.map(() => given[0]) : given) as (Tensor1D | null)[];
      const gradient = tidy(() => {
        const side = name === 'x' ? 0 : 1;
        const ofPixels = backward(network, heads, x, side, dys, activations as Tensor4D[]);
        return guardedScale(ofPixels, marks as Tensor1D, scalingLayer);
      });
      const known = given.filter((dy): dy is Tensor => dy !== null);
      return isTapeOn() ? onlyOnce(gradient, [...known, x, y]) : gradient;
    },
  );
}

/** The activations of every tap. While a tape is on, those of every row are kept. */
function* activationsOf(network: Network, pixels: Tensor4D, kept: Tensor4D[]): Generator<Tensor4D> {
  let activation = pixels;
  for (const row of network.backbone.operations) {
    const previous = activation;
    activation = apply(network, row, previous);
    if (isTapeOn()) kept.push(activation);
    if (!isTapeOn() || previous === pixels) previous.dispose();
    if (row.isTap) yield activation;
  }
}

function apply(network: Network, row: Operation, x: Tensor4D): Tensor4D {
  if (row.operation === 'maxPool') return largest(x, row);
  const { filter, bias, geometry } = convolutionOf(network, row);
  return convolveBiasRelu(x, filter, bias, geometry);
}

/** The weights of a row that is no pooling. A backbone with a stacked pass has no third kind. */
function convolutionOf({ convolutions }: Network, row: Operation): ConvReluWeights {
  return weightsOf(convolutions, row as ConvRelu);
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
      gradient = inputGradient(sums, convolutionOf(network, row), height, width);
      sums.dispose();
    }
    above?.dispose();
  }
  if (!gradient) throw new Error('stackedDifferences: a gradient of nothing');
  return gradient;
}
