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
  type Network,
  smallestSize,
  tapChannels,
} from './backbones/backbone.js';
import { checkWeights, headName } from './backbones/check-weights.js';
import { backboneOf } from './backbones/registry.js';
import { checkFeatures } from './check-images.js';
import { checkFlag, checkFunction, checkOptions, checkWeightMap, kindOf } from './check-options.js';
import { checkPair, checkSide, type Expectations } from './check-pair.js';
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
import { meanDifferences, normalizedTaps, unitFeatures } from './network.js';
import { floatBits } from './operations/backend-traits.js';
import { ConvReluWeights } from './operations/conv-relu.js';
import { joinTaps, meansOfTaps, stackTaps, sumTaps } from './operations/over-taps.js';
import { pooledMoments } from './operations/pooled-moments.js';
import { type Marks, markImages, propagateNaN, propagateNaNToGradient } from './operations/propagate-nan.js';
import { upsampleBilinear } from './operations/resample.js';
import type { ValueRange } from './operations/scale-images.js';
import { isTapeOn } from './operations/tape.js';
import { weightedSquaredDifference } from './operations/weighted-squared-difference.js';
import { type Pair, pairOf, pixelsOf } from './pair.js';
import {
  type ComparedSources,
  checkSourceOptions,
  compareSources,
  type SourceOptions,
} from './tiles/compare-sources.js';
import type { Compare } from './tiles/compute-tile.js';
import { tileGrid, totalStride } from './tiles/tile-geometry.js';
import { checkTiles, tileSide } from './tiles/tile-side.js';
import { checkSources, type TileSource } from './tiles/tile-source.js';
import { type TiledWork, tiledDifferences } from './tiles/tiled-differences.js';
import { tiledDistance } from './tiles/tiled-distance.js';
import { type Warn, warnOnConsole, watchRange } from './watch-range.js';
import { LITE_VERSION } from './weights/lite-weights.js';
import { type WeightMap, weightOf } from './weights/weight-map.js';

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

  readonly #network: Network;
  readonly #heads: readonly Tensor4D[]; // [1, 1, channels, 1]
  readonly #expected: Expectations;
  #isDisposed = false;

  private constructor(
    weights: WeightMap,
    backbone: Backbone,
    { version, linear, onWarning }: Pick<Lpips, 'version' | 'linear' | 'onWarning'>,
  ) {
    this.onWarning = onWarning;
    this.weights = weights;
    this.net = backbone.net;
    this.version = version;
    this.linear = linear;
    this.smallestSize = smallestSize(backbone);
    const rows = convolutions(backbone).map((row) => {
      const [weight, bias] = [weightOf(weights, `${row.name}.weight`), weightOf(weights, `${row.name}.bias`)];
      return [row.name, new ConvReluWeights(row, weight, bias)] as const;
    });
    this.#network = { backbone, convolutions: new Map(rows) };
    this.#expected = {
      owner: this.#network,
      smallestSize: this.smallestSize,
      watch: watchRange('fromWeights', onWarning),
    };
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
    return tidy(() => {
      const tiled = this.#checked('distance', image, reference, options);
      // In 16 bits the gradient for dy = 1 may underflow, and dy is what keeps it from that.
      if (tiled && isTapeOn() && floatBits() === 32) {
        return tiledDistance(tiled, (taps, marks, mask) => sumTaps(meansOfTaps(taps, marks, mask)));
      }
      return sumTaps(this.#distanceOfTaps(image, reference, options, tiled, 'sum'));
    });
  }

  /**
   * What each tap adds to the distance. Arguments as for `distance`.
   *
   * @returns float32 `[batch, taps]`, ≥ 0, rows sum to the distance; the caller disposes
   * @throws LpipsError as `distance`
   */
  layers(image: Tensor4D | Features, reference: Tensor4D | Features, options: CompareOptions = {}): Tensor2D {
    return tidy(() => {
      const tiled = this.#checked('layers', image, reference, options);
      return stackTaps(this.#distanceOfTaps(image, reference, options, tiled, 'taps'));
    });
  }

  /**
   * Where the images differ: the distance before its spatial mean, each tap upsampled bilinearly (half-pixel
   * centres). Arguments as for `distance`; with a mask, the map of the image composited on the reference.
   *
   * @returns float32 `[batch, height, width, 1]`, ≥ 0; the caller disposes
   * @throws LpipsError as `distance`
   */
  map(image: Tensor4D | Features, reference: Tensor4D | Features, options: CompareOptions = {}): Tensor4D {
    return tidy(() => {
      const tiled = this.#checked('map', image, reference, options);
      const [, height, width] = image.shape;
      const { taps, marks } = this.#differences(image, reference, options, tiled);
      const maps: Tensor4D[] = [];
      for (const difference of taps) maps.push(upsampleBilinear(difference, height, width));
      return sumTaps(propagateNaN(maps, marks));
    });
  }

  /**
   * Distance, layers and map of pictures that need not fit into memory: their tiles are read one after the other. Where there is
   * one tile, and in tiles but for rounding, the results are those of `distance`, `layers` and `map`.
   *
   * @param image read in rectangles, at least `smallestSize` high and wide
   * @param reference of the same size
   * @throws LpipsError for sizes and options that do not fit; what `signal`, `onTile` or a source throws
   */
  async compareSources(
    image: TileSource,
    reference: TileSource,
    options: SourceOptions = {},
  ): Promise<ComparedSources> {
    const where = 'compareSources';
    this.#checkAlive(where);
    checkSourceOptions(where, options);
    const { range, tiles = 'auto' } = options;
    checkSources(where, image, reference, this.smallestSize);
    const { height, width } = image;
    const { backbone } = this.#network;
    const side =
      tileSide(where, backbone, tiles, [1, height, width]) ?? Math.max(height, width) + totalStride(backbone);
    return compareSources(
      image,
      reference,
      tileGrid(backbone, height, width, side),
      this.#compareTiles(where, range),
      options,
    );
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
      this.#checkAlive('pooledDifferences');
      checkPair('pooledDifferences', image, reference, options, this.#expected);
      const pair = pairOf(image, reference, options, this.#network.backbone);
      const moments: Tensor3D[] = []; // [batch, 2, channels] each
      for (const [u, v] of unitFeatures(this.#network, pair)) moments.push(pooledMoments(u, v));
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
      this.#checkAlive('features');
      checkSide('features', 'reference', reference, options, this.#expected);
      const pixels = pixelsOf(reference, options, this.#network.backbone);
      const guarded = propagateNaNToGradient(pixels, markImages(pixels));
      made = new Features(this.#expected.owner, this.net, pixels, [
        ...normalizedTaps(this.#network, guarded),
      ]);
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
    checkFeatures('featuresFrom', images, taps, tapChannels(this.#network.backbone));
    return new Features(this.#expected.owner, this.net, images, [...taps]);
  }

  /** Releases the weights. Calling it again does nothing; any other method throws afterwards. */
  dispose(): void {
    if (this.#isDisposed) return;
    for (const weights of this.#network.convolutions.values()) weights.dispose();
    for (const head of this.#heads) head.dispose();
    this.#isDisposed = true;
  }

  /**
   * The equation but for its sum over taps: `[batch]` for every tap l, or where it is known at once their sum alone. What is neither
   * in tiles nor masked comes from `meanDifferences`.
   */
  #distanceOfTaps(
    image: Tensor4D | Features,
    reference: Tensor4D | Features,
    options: CompareOptions,
    tiled: TiledWork | undefined,
    as: 'sum' | 'taps',
  ): Tensor1D[] {
    if (tiled || options.mask) {
      const { taps, marks } = this.#differences(image, reference, options, tiled);
      return meansOfTaps(taps, marks, options.mask);
    }
    return meanDifferences(this.#network, this.#heads, { image, reference, options, as });
  }

  /** w_l · (û_l − v̂_l)² of every tap l, `[batch, height, width, 1]`, whole or put together from tiles; and the marks. */
  #differences(
    image: Tensor4D | Features,
    reference: Tensor4D | Features,
    options: CompareOptions,
    tiled: TiledWork | undefined,
  ): { taps: Iterable<Tensor4D>; marks: readonly Marks[] } {
    if (tiled) {
      const { taps, marks } = tiledDifferences(tiled);
      return { taps, marks: [marks] };
    }
    const pair = pairOf(image, reference, options, this.#network.backbone);
    return { taps: this.#differencesOf(pair), marks: pair.marks };
  }

  *#differencesOf(pair: Pair): Generator<Tensor4D> {
    let tap = 0;
    for (const [u, v] of unitFeatures(this.#network, pair)) {
      yield weightedSquaredDifference(u, v, at(this.#heads, tap++));
    }
  }

  /**
   * Checks the arguments of a comparison.
   *
   * @returns what is to be done in tiles, or undefined if the images are computed whole
   */
  #checked(
    where: string,
    image: Tensor4D | Features,
    reference: Tensor4D | Features,
    options: CompareOptions,
  ): TiledWork | undefined {
    checkOptions(where, options, COMPARE_OPTIONS);
    const { mask, range, tiles, onTile } = options;
    checkTiles(where, tiles);
    checkFunction(where, 'onTile', onTile);
    this.#checkAlive(where);
    checkPair(where, image, reference, options, this.#expected);
    const { backbone } = this.#network;
    const [, height, width] = image.shape;
    const side = tileSide(where, backbone, tiles, image.shape);
    if (side === undefined) return undefined;
    return {
      pictures: { image, reference, mask },
      grid: tileGrid(backbone, height, width, side),
      compare: this.#compareTiles(where, range),
      onTile,
    };
  }

  #compareTiles(where: string, range: ValueRange | undefined): Compare {
    return ({ image, reference, mask }, count) => {
      this.#checkAlive(where); // between two tiles there is time to dispose it
      const options = { ...(range && { range }), ...(mask && { mask }) };
      const pair = pairOf(image, reference, options, this.#network.backbone);
      const taps: Tensor4D[] = [];
      for (const difference of this.#differencesOf(pair)) if (taps.push(difference) === count) break;
      return { taps, marks: pair.marks };
    };
  }

  #checkAlive(where: string): void {
    if (!this.#isDisposed) return;
    throw cannot(where, 'compute', 'this Lpips is disposed', 'Make a new one with fromWeights.');
  }
}
