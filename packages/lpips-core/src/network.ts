/**
 * @module
 * A backbone with its weights, and the unit-normalised features that a pair of images has in it.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { type Backbone, taps } from './backbones/backbone.js';
import { Features } from './features.js';
import { at } from './item-at.js';
import type { ConvReluWeights } from './operations/conv-relu.js';
import { recomputed } from './operations/recomputed.js';
import { areFasterTogether, type Images, stackBatches } from './operations/stack.js';
import { unitNormalize } from './operations/unit-normalize.js';
import { type Pair, propagateToFeatures } from './pair.js';

/** A backbone and the weights of its convolutions, by their names. */
export interface Network {
  readonly backbone: Backbone;
  readonly convolutions: ReadonlyMap<string, ConvReluWeights>;
}

/**
 * û_l and v̂_l of every tap l, `[batch, height, width, channels]`; v̂ may have a batch of 1. What is computed for a tap is disposed
 * when the next one is asked for.
 */
export function* unitFeatures(
  network: Network,
  { x, y, marks, recompute }: Pair,
): Generator<readonly [u: Tensor4D, v: Tensor4D]> {
  if (!(x instanceof Features) && !(y instanceof Features) && areFasterTogether(x, y)) {
    for (const both of normalizedTaps(network, stackBatches([x, y]))) {
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

/** f / (‖f‖₂ + ε) of the activations f of every tap, one tap at a time. */
export function* normalizedTaps<X extends Images>(
  { backbone, convolutions }: Network,
  pixels: X,
): Generator<X> {
  for (const activations of taps(backbone, convolutions, pixels)) yield unitNormalize(activations);
}

function allTaps(network: Network, pixels: Tensor4D, recompute: boolean): readonly Tensor4D[] {
  const compute = (pixels: Tensor4D) => [...normalizedTaps(network, pixels)];
  return recompute ? recomputed(pixels, compute) : compute(pixels);
}

function tapsInTurn(network: Network, pixels: Tensor4D, recompute: boolean): Iterable<Tensor4D> {
  return recompute ? allTaps(network, pixels, true) : normalizedTaps(network, pixels);
}
