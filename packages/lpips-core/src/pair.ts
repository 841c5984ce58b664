/**
 * @module
 * The two sides of a comparison on their way through the equation.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Backbone } from './backbones/backbone.js';
import { Features } from './features.js';
import type { CompareOptions, ImageOptions } from './lpips-options.js';
import { composite } from './operations/composite.js';
import { type Marks, markImages, propagateNaNToGradient } from './operations/propagate-nan.js';
import { scaleImages } from './operations/scale-images.js';
import { isOnTape, isTapeOn } from './operations/tape.js';

/** Two batches on their way through the equation, the reference's of as many images as the image's or of 1. */
export interface Pair {
  /** What the image's û come from: its pixels, or features that are known already. */
  readonly x: Tensor4D | Features;
  readonly y: Tensor4D | Features;
  /** What makes the results of an image of x or y NaN if a pixel of it is not finite. */
  readonly marks: readonly Marks[];
  /** Whose activations are not kept for a gradient, since it is not likely to be asked for. */
  readonly recompute: 'x' | 'y' | undefined;
}

/** Both sides after the scaling layer; outside the mask the image has the reference's pixels. */
export function pairOf(
  image: Tensor4D | Features,
  reference: Tensor4D | Features,
  { mask, ...options }: CompareOptions,
  backbone: Backbone,
): Pair {
  const y = pixelsOf(reference, options, backbone);
  const x = pixelsOf(image, options, backbone);
  const v = reference instanceof Features ? reference : y;
  const recompute = constantSide(image, reference);
  if (mask === undefined) return guarded(image instanceof Features ? image : x, v, [x, y], recompute);
  const inside = composite(x, y, mask);
  return guarded(inside, v, [inside, y], recompute);
}

/** Images as the backbone takes them, `[batch, height, width, 3]`. */
export function pixelsOf(
  images: Tensor4D | Features,
  { range = [-1, 1] }: ImageOptions,
  { scalingLayer }: Backbone,
): Tensor4D {
  return images instanceof Features ? images.images : scaleImages(images, range, scalingLayer);
}

/** A pair whose gradients are NaN for an image with pixels that are not finite, and for what it is compared with. */
function guarded(
  x: Pair['x'],
  y: Pair['y'],
  pixels: readonly [x: Tensor4D, y: Tensor4D],
  recompute: Pair['recompute'],
): Pair {
  const marks = markImages(...pixels);
  const guard = (images: Tensor4D | Features) =>
    images instanceof Features ? images : propagateNaNToGradient(images, marks);
  return { x: guard(x), y: guard(y), marks, recompute };
}

/** The side of a pair whose gradient is less likely to be asked for, while a tape is on. */
export function constantSide(image: Tensor4D | Features, reference: Tensor4D | Features): Pair['recompute'] {
  if (!isTapeOn()) return undefined;
  if (reference instanceof Features || !isOnTape(reference)) return 'y';
  return image instanceof Features || isOnTape(image) ? undefined : 'x';
}

/** The taps of features. While a tape is on, the gradient of the first one carries the marks to the images. */
export function propagateToFeatures({ taps }: Features, marks: Pair['marks']): readonly Tensor4D[] {
  const [first, ...others] = taps;
  return first ? [propagateNaNToGradient(first, marks), ...others] : [];
}
