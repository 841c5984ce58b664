/**
 * @module
 * Learned Perceptual Image Patch Similarity (Zhang et al. 2018, equation 1):
 *
 *     d(x, y) = Σ_l 1/(H_l W_l) Σ_{h,w} w_l · (û_l(x)_{hw} − û_l(y)_{hw})²,   û = f / (‖f‖₂ + ε) over channels
 *
 * Images pass the scaling layer, the backbone with its taps, unit normalisation, the squared difference, the 1x1
 * head, the spatial mean and the sum over taps. Every step has its own gradient, so `tf.grad`, `tf.variableGrads`,
 * `optimizer.minimize` and `model.fit` work on every backend.
 */
import {
  cast,
  keep,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tensor4d,
  tidy,
  unstack,
} from '@tensorflow/tfjs-core';
import {
  type Backbone,
  convolutions,
  type NetName,
  smallestSize,
  tapChannels,
  taps,
} from './backbones/backbone.js';
import { checkWeights, headName } from './backbones/check-weights.js';
import { backboneOf } from './backbones/registry.js';
import { checkFeatures, checkImages, checkMask, checkRangeOption, checkReference } from './check-images.js';
import { checkFlag, checkOptions, checkWeightMap, kindOf } from './check-options.js';
import { checkMaskValues, checkValues } from './check-values.js';
import { cannot, invalid } from './errors.js';
import { Features } from './features.js';
import { at } from './item-at.js';
import {
  COMPARE_OPTIONS,
  type CompareOptions,
  IMAGE_OPTIONS,
  type ImageOptions,
  LPIPS_OPTIONS,
  type LpipsOptions,
} from './lpips-options.js';
import { composite } from './operations/composite.js';
import { ConvReluWeights } from './operations/conv-relu.js';
import { joinTaps, stackTaps, sumTaps } from './operations/over-taps.js';
import { pooledMoments } from './operations/pooled-moments.js';
import { markImages, propagateNaN, propagateNaNToGradient } from './operations/propagate-nan.js';
import { recomputed } from './operations/recomputed.js';
import { averageArea, upsampleBilinear } from './operations/resample.js';
import { scaleImages } from './operations/scale-images.js';
import { spatialMean } from './operations/spatial-mean.js';
import { areFasterTogether, type Images, stackBatches } from './operations/stack.js';
import { unitNormalize } from './operations/unit-normalize.js';
import {
  meanWeightedSquaredDifference,
  weightedSquaredDifference,
} from './operations/weighted-squared-difference.js';
import { constantSide, guarded, type Pair, propagateToFeatures } from './pair.js';
import { type RangeWatch, type Warn, warnOnConsole, watchRange } from './watch-range.js';
import { LITE_VERSION } from './weights/lite-weights.js';
import type { Weight, WeightMap } from './weights/weight-map.js';

/** What the heads weigh: one column for each channel of each tap, tap after tap. The caller disposes both. */
export interface PooledDifferences {
  /** float32 `[batch, Σ channels]`, ≥ 0: spatial means of the squared difference of the unit-normalised features. */
  means: Tensor2D;
  /** float32 `[batch, Σ channels]`, ≥ 0: the variances of the means under dropout of one half before the heads. */
  variances: Tensor2D;
}

/** The metric with frozen weights. Make it with `fromWeights`; call `dispose` when done. */
export class Lpips {
  /** Name of the network. */
  readonly net: NetName;
  /** Calibration of the heads; for `lite` the version of its weights. */
  readonly version: string;
  /** Whether the heads are learned; `false` = every head is 1. */
  readonly linear: boolean;
  /** The weights as they were given. */
  readonly weights: WeightMap;
  /** Least height and width, in pixels, that the network can take. */
  readonly smallestSize: number;
  /** Where warnings about the range go; `null` = nowhere. */
  readonly onWarning: Warn | null;

  readonly #backbone: Backbone;
  readonly #convolutions: ReadonlyMap<string, ConvReluWeights>;
  readonly #heads: readonly Tensor4D[]; // [1, 1, channels, 1]
  readonly #watch: RangeWatch;
  #isDisposed = false;

  private constructor(
    weights: WeightMap,
    backbone: Backbone,
    { version, linear, onWarning }: Pick<Lpips, 'version' | 'linear' | 'onWarning'>,
  ) {
    this.onWarning = onWarning;
    this.#watch = watchRange('fromWeights', onWarning);
    this.weights = weights;
    this.net = backbone.net;
    this.version = version;
    this.linear = linear;
    this.smallestSize = smallestSize(backbone);
    this.#backbone = backbone;
    this.#convolutions = new Map(
      convolutions(backbone).map((row) => [
        row.name,
        new ConvReluWeights(
          row,
          weightOf(weights, `${row.name}.weight`),
          weightOf(weights, `${row.name}.bias`),
        ),
      ]),
    );
    this.#heads = tapChannels(backbone).map((channels, index) => {
      const head = linear ? weightOf(weights, headName(index)).data : new Float32Array(channels).fill(1);
      return keep(tensor4d(head, [1, 1, channels, 1]));
    });
  }

  /**
   * The metric from weights under their official names, on the current backend.
   *
   * @param weights torchvision's `features.*` and, unless `linear` is `false`, LPIPS's `lin*.model.1.weight`
   * @throws LpipsError if a weight is missing, superfluous, of another shape or not finite, or a head is negative
   */
  static fromWeights(weights: WeightMap, options: LpipsOptions): Lpips {
    checkOptions('fromWeights', options, LPIPS_OPTIONS);
    const { net, version = '0.1', linear = true, onWarning = warnOnConsole } = options;
    checkFlag('fromWeights', 'linear', linear);
    checkWeightMap('fromWeights', weights);
    const backbone = backboneOf('fromWeights', net);
    if (version !== '0.1' && version !== '0.0') {
      throw invalid('fromWeights', '0.1 or 0.0', 'version', kindOf(version));
    }
    if (net === 'lite' && version === '0.0') {
      throw invalid('fromWeights', '0.1', 'version', '0.0', 'There is one calibration of lite.');
    }
    checkWeights(weights, backbone, { heads: linear });
    const scalingLayer = backbone.scalingLayer && version === '0.1';
    const name = net === 'lite' ? LITE_VERSION : version;
    return new Lpips(weights, { ...backbone, scalingLayer }, { version: name, linear, onWarning });
  }

  /**
   * Perceptual distance of each image to its reference.
   *
   * @param image `[batch, height, width, 3]` (or 1, greyscale), float32 in `range`, or int32 with range `[0, 255]`;
   *   or its features
   * @param reference of the same size; a batch of 1 stands against every image
   * @returns float32 `[batch]`, dimensionless, ≥ 0, lower is more alike, 0 for identical images; the caller disposes
   * @throws LpipsError for shapes, dtypes or (with `checkRange`) values that do not fit
   */
  distance(
    image: Tensor4D | Features,
    reference: Tensor4D | Features,
    options: CompareOptions = {},
  ): Tensor1D {
    return tidy(() => sumTaps(this.#distanceOfTaps('distance', image, reference, options)));
  }

  /**
   * What each tap adds to the distance. Arguments as for `distance`.
   *
   * @returns float32 `[batch, taps]`, ≥ 0, rows sum to the distance; the caller disposes
   * @throws LpipsError as `distance`
   */
  layers(image: Tensor4D | Features, reference: Tensor4D | Features, options: CompareOptions = {}): Tensor2D {
    return tidy(() => stackTaps(this.#distanceOfTaps('layers', image, reference, options)));
  }

  /**
   * Where the images differ: the distance before its spatial mean, each tap upsampled bilinearly (half-pixel
   * centres). Arguments as for `distance`; with a mask, the map of the image composited on the reference.
   *
   * @returns float32 `[batch, height, width, 1]`, ≥ 0; the caller disposes
   * @throws LpipsError as `distance`
   */
  map(image: Tensor4D | Features, reference: Tensor4D | Features, options: CompareOptions = {}): Tensor4D {
    checkOptions('map', options, COMPARE_OPTIONS);
    return tidy(() => {
      const pair = this.#pair('map', image, reference, options);
      const [, height, width] = image.shape;
      const maps: Tensor4D[] = [];
      for (const [u, v] of this.#unitFeatures(pair)) {
        const difference = weightedSquaredDifference(u, v, at(this.#heads, maps.length));
        maps.push(upsampleBilinear(difference, height, width));
      }
      return sumTaps(propagateNaN(maps, pair.marks));
    });
  }

  /**
   * The distance before its heads. The spatial mean commutes with a 1x1 head, so the heads of two images need only one
   * number for each channel c of each tap,
   *
   *     p_c = 1/(H W) Σ_{h,w} (û − v̂)_c²,     distance = Σ_c w_c p_c,
   *
   * and can be trained on these numbers. Dropout of one half before the heads, as in the official training, does not
   * change the mean of p_c and gives it the variance 1/(H W)² Σ_{h,w} (û − v̂)_c⁴. Arguments as for `distance`, without a
   * mask.
   *
   * @returns p and its variance for every image; weighted by the heads in order, p sums to the distance
   * @throws LpipsError as `distance`
   */
  pooledDifferences(
    image: Tensor4D | Features,
    reference: Tensor4D | Features,
    options: ImageOptions = {},
  ): PooledDifferences {
    checkOptions('pooledDifferences', options, IMAGE_OPTIONS);
    return tidy(() => {
      const pair = this.#pair('pooledDifferences', image, reference, options);
      const moments: Tensor3D[] = []; // [batch, 2, channels] each
      for (const [u, v] of this.#unitFeatures(pair)) moments.push(pooledMoments(u, v));
      const [means, variances] = unstack(joinTaps(propagateNaN(moments, pair.marks)), 1);
      return { means: means as Tensor2D, variances: variances as Tensor2D };
    });
  }

  /**
   * The features of a reference, computed once and compared with any number of images. While a tape is on,
   * gradients flow through them.
   *
   * @param reference `[batch, height, width, 3]` (or 1, greyscale), as for `distance`
   * @returns features for this `Lpips` alone; the caller disposes, `tf.tidy` does not
   * @throws LpipsError for shapes, dtypes or (with `checkRange`) values that do not fit
   */
  features(reference: Tensor4D, options: ImageOptions = {}): Features {
    checkOptions('features', options, IMAGE_OPTIONS);
    let made: Features | undefined;
    tidy(() => {
      const pixels = this.#pixels('features', 'reference', reference, options);
      const guarded = propagateNaNToGradient(pixels, markImages(pixels));
      made = new Features(this.#convolutions, this.net, pixels, [...this.#normalizedTaps(guarded)]);
    });
    if (!made) throw new Error('features: nothing was made');
    return made;
  }

  /**
   * Features from copies of `Features.images` and `Features.taps` that `features` made with the same weights, in another
   * thread or an earlier run. They give the same distances to the last bit.
   *
   * @param images float32 `[batch, height, width, 3]`, after the scaling layer
   * @param taps one float32 `[batch, h, w, channels]` for each tap of the net, unit-normalised
   * @returns features for this `Lpips`, which own the tensors; the caller disposes
   * @throws LpipsError for shapes that do not fit the net; the values are not checked
   */
  featuresFrom(images: Tensor4D, taps: readonly Tensor4D[]): Features {
    this.#checkAlive('featuresFrom');
    checkFeatures('featuresFrom', images, taps, tapChannels(this.#backbone));
    return new Features(this.#convolutions, this.net, images, [...taps]);
  }

  /** Releases the weights. Calling it again does nothing; any other method throws afterwards. */
  dispose(): void {
    if (this.#isDisposed) return;
    for (const weights of this.#convolutions.values()) weights.dispose();
    for (const head of this.#heads) head.dispose();
    this.#isDisposed = true;
  }

  /**
   * The equation but for its sum over taps: `[batch]` for every tap l. Backbone, taps and unit normalisation come from
   * `#unitFeatures`; head and mean follow here.
   */
  #distanceOfTaps(
    where: string,
    image: Tensor4D | Features,
    reference: Tensor4D | Features,
    options: CompareOptions,
  ): Tensor1D[] {
    checkOptions(where, options, COMPARE_OPTIONS);
    const pair = this.#pair(where, image, reference, options);
    const { mask } = options;
    const distances: Tensor1D[] = [];
    for (const [u, v] of this.#unitFeatures(pair)) {
      const head = at(this.#heads, distances.length);
      if (mask) {
        const difference = weightedSquaredDifference(u, v, head); // w_l · (û_l − v̂_l)², [batch, h, w, 1]
        distances.push(spatialMean(difference, averageArea(cast(mask, 'float32'), u.shape[1], u.shape[2])));
      } else {
        distances.push(meanWeightedSquaredDifference(u, v, head)); // both steps, in one pass where a kernel does it
      }
    }
    return propagateNaN(distances, pair.marks);
  }

  /** Both inputs, checked, after the scaling layer and inside the mask. */
  #pair(
    where: string,
    image: Tensor4D | Features,
    reference: Tensor4D | Features,
    options: CompareOptions,
  ): Pair {
    const { mask, checkRange = false } = options;
    const y = this.#pixels(where, 'reference', reference, options);
    const x = this.#pixels(where, 'image', image, options);
    checkReference(where, x.shape, y.shape);
    const v = reference instanceof Features ? reference : y;
    const recompute = constantSide(image, reference);
    if (mask === undefined) return guarded(image instanceof Features ? image : x, v, [x, y], recompute);
    checkMask(where, x.shape, mask);
    if (checkRange) checkMaskValues(where, mask);
    const inside = composite(x, y, mask);
    return guarded(inside, v, [inside, y], recompute);
  }

  /**
   * û_l and v̂_l of every tap l, `[batch, height, width, channels]`; v̂ may have a batch of 1. What is computed for a tap
   * is disposed when the next one is asked for.
   */
  *#unitFeatures({ x, y, marks, recompute }: Pair): Generator<readonly [u: Tensor4D, v: Tensor4D]> {
    if (!(x instanceof Features) && !(y instanceof Features) && areFasterTogether(x, y)) {
      for (const both of this.#normalizedTaps(stackBatches([x, y]))) {
        yield [at(both.parts, 0), at(both.parts, 1)];
        both.dispose();
      }
      return;
    }
    const vOfTaps =
      y instanceof Features ? propagateToFeatures(y, marks) : this.#allTaps(y, recompute === 'y');
    const uOfTaps =
      x instanceof Features ? propagateToFeatures(x, marks) : this.#tapsInTurn(x, recompute === 'x');
    let tap = 0;
    for (const u of uOfTaps) {
      const v = at(vOfTaps, tap++);
      yield [u, v];
      if (!(x instanceof Features)) u.dispose();
      if (!(y instanceof Features)) v.dispose();
    }
  }

  #allTaps(pixels: Tensor4D, recompute: boolean): readonly Tensor4D[] {
    const compute = (pixels: Tensor4D) => [...this.#normalizedTaps(pixels)];
    return recompute ? recomputed(pixels, compute) : compute(pixels);
  }

  #tapsInTurn(pixels: Tensor4D, recompute: boolean): Iterable<Tensor4D> {
    return recompute ? this.#allTaps(pixels, true) : this.#normalizedTaps(pixels);
  }

  /** f / (‖f‖₂ + ε) of the activations f of every tap, one tap at a time. */
  *#normalizedTaps<X extends Images>(pixels: X): Generator<X> {
    for (const activations of taps(this.#backbone, this.#convolutions, pixels)) {
      yield unitNormalize(activations);
    }
  }

  #checkAlive(where: string): void {
    if (!this.#isDisposed) return;
    throw cannot(where, 'compute', 'this Lpips is disposed', 'Make a new one with fromWeights.');
  }

  /** Checked images, as the backbone takes them `[batch, height, width, 3]`. */
  #pixels(
    where: string,
    argument: string,
    images: Tensor4D | Features,
    { range: given, checkRange = false }: ImageOptions,
  ): Tensor4D {
    const range = given === undefined ? ([-1, 1] as const) : given;
    this.#checkAlive(where);
    checkRangeOption(where, range);
    checkFlag(where, 'checkRange', checkRange);
    if (images instanceof Features) {
      if (images.isDisposed) {
        throw invalid(where, 'features that are not disposed', argument, 'disposed ones', 'Make them anew.');
      }
      if (images.owner !== this.#convolutions) {
        const got = `features of another (${images.net})`;
        throw invalid(where, 'features of this Lpips', argument, got, 'Make them with its features method.');
      }
      return images.images;
    }
    checkImages(where, argument, images, range, this.smallestSize);
    if (checkRange) checkValues(where, argument, images, range);
    else if (argument === 'reference' && given === undefined) this.#watch(where, argument, images, given);
    return scaleImages(images, range, this.#backbone.scalingLayer);
  }
}

function weightOf(weights: WeightMap, name: string): Weight {
  const weight = weights.get(name);
  if (!weight) throw invalid('fromWeights', 'a weight', name, 'none');
  return weight;
}
