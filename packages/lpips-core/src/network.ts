/**
 * @module
 * A backbone with its weights, the unit-normalised features that a pair of images has in it, and their differences.
 */
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { type Network, taps } from './backbones/backbone.js';
import { Features } from './features.js';
import { at } from './item-at.js';
import type { ImageOptions } from './lpips-options.js';
import { propagateNaN } from './operations/propagate-nan.js';
import { recomputed } from './operations/recomputed.js';
import { areFasterTogether, type Images, type Stack, stackBatches } from './operations/stack.js';
import { unitNormalize } from './operations/unit-normalize.js';
import { meanWeightedSquaredDifference } from './operations/weighted-squared-difference.js';
import { type Pair, pairOf, propagateToFeatures } from './pair.js';
import { hasStackedPass, stackedDifferences } from './stacked-pass.js';

/**
 * û_l and v̂_l of every tap l, `[batch, height, width, channels]`; v̂ may have a batch of 1. What is computed for a tap is disposed
 * when the next one is asked for.
 */
export function* unitFeatures(
  network: Network,
  { x, y, marks, recompute }: Pair,
): Generator<readonly [u: Tensor4D, v: Tensor4D]> {
  const stack = stackOf(x, y);
  if (stack) {
    for (const both of normalizedTaps(network, stack)) {
      yield [at(both.parts, 0), at(both.parts, 1)];
      both.dispose();
    }
    return;
  }
  const vOfTaps =
    y instanceof Features ? propagateToFeatures(y, marks) : allTaps(network, y, recompute === 'y');
  const uOfTaps =
    x instanceof Features ? propagateToFeatures(x, marks) : tapsInTurn(network, x, recompute === 'x');
  let tap = 0;
  for (const u of uOfTaps) {
    const v = at(vOfTaps, tap++);
    yield [u, v];
    if (!(x instanceof Features)) u.dispose();
    if (!(y instanceof Features)) v.dispose();
  }
}

/** Two batches and how they are compared, without a mask. */
interface Comparison {
  image: Tensor4D | Features;
  reference: Tensor4D | Features;
  options: ImageOptions;
  /** Whether the sum over the taps is enough. */
  as: 'sum' | 'taps';
}

/**
 * The spatial mean of w_l · (û_l − v̂_l)² of every tap l, `[batch]`, or where it is known at once their sum alone, and NaN for images
 * that are not finite.
 *
 * @param heads w of every tap, `[1, 1, channels, 1]`
 */
export function meanDifferences(
  network: Network,
  heads: readonly Tensor4D[],
  { image, reference, options, as }: Comparison,
): Tensor1D[] {
  const { backbone } = network;
  const isOfImages = !(image instanceof Features || reference instanceof Features);
  if (isOfImages && hasStackedPass(backbone, image, reference)) {
    return stackedDifferences(network, heads, { image, reference, range: options.range ?? [-1, 1], as });
  }
  const pair = pairOf(image, reference, options, backbone);
  const means: Tensor1D[] = [];
  for (const [u, v] of unitFeatures(network, pair)) {
    means.push(meanWeightedSquaredDifference(u, v, at(heads, means.length)));
  }
  return propagateNaN(means, pair.marks);
}

/** f / (‖f‖₂ + ε) of the activations f of every tap, one tap at a time. */
export function* normalizedTaps<X extends Images>(
  { backbone, convolutions }: Network,
  pixels: X,
): Generator<X> {
  for (const activations of taps(backbone, convolutions, pixels)) yield unitNormalize(activations);
}

/** Both sides as one batch, where neither is known already and the backbone takes them faster so. */
function stackOf(x: Pair['x'], y: Pair['y']): Stack | undefined {
  if (x instanceof Features || y instanceof Features || !areFasterTogether(x, y)) return undefined;
  return stackBatches([x, y]);
}

function allTaps(network: Network, pixels: Tensor4D, recompute: boolean): readonly Tensor4D[] {
  const compute = (pixels: Tensor4D) => [...normalizedTaps(network, pixels)];
  return recompute ? recomputed(pixels, compute) : compute(pixels);
}

function tapsInTurn(network: Network, pixels: Tensor4D, recompute: boolean): Iterable<Tensor4D> {
  return recompute ? allTaps(network, pixels, true) : normalizedTaps(network, pixels);
}
