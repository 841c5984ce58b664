/**
 * @module
 * Any backbone of lpips-core with weights that can be trained: the same table and the same equation as `Lpips`, but
 * convolutions and heads are variables, in stock operations whose gradients reach them.
 *
 * Gradients to the kernels need `Conv2DBackpropFilter`, which the tensorflow backend has.
 */
import {
  addN,
  clipByValue,
  conv2d,
  relu,
  squaredDifference,
  stack,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor,
  tidy,
  transpose,
  type Variable,
  variable,
} from '@tensorflow/tfjs';
import { invalid, type LpipsOptions, type NetName, type Weight, type WeightMap, weightShapes } from 'lpips-core';
import {
  type Backbone,
  backboneOf,
  type ConvRelu,
  checkWeights,
  concatChannels,
  convolve,
  headName,
  maxPool,
  scaleImages,
  spatialMean,
  tapChannels,
  unitNormalize,
} from 'lpips-core/equation';

/** State-dict order `[out, in, height, width]` to TensorFlow.js's `[height, width, in, out]`, and back. */
const TO_FILTER = [2, 3, 1, 0];
const FROM_FILTER = [3, 2, 0, 1];

/** A network whose convolutions and heads are variables under their state-dict names. Call `dispose` when done. */
export class TrainableNetwork {
  /** Name of the network. */
  readonly net: NetName;
  /** Every weight, convolutions in the order of the table and then the heads; kernels as `[height, width, in, out]`. */
  readonly variables: ReadonlyMap<string, Variable>;
  readonly #backbone: Backbone;

  private constructor(backbone: Backbone, weights: WeightMap) {
    this.net = backbone.net;
    this.#backbone = backbone;
    this.variables = new Map(
      [...weightShapes(backbone.net).keys()].map((name) => [name, toVariable(weightOf(weights, name))]),
    );
  }

  /**
   * The network with these weights to begin with, on the current backend.
   *
   * @param weights names, shapes and values as for `Lpips.fromWeights`, heads included
   * @throws LpipsError as `Lpips.fromWeights`
   */
  static fromWeights(
    weights: WeightMap,
    { net, version = '0.1' }: Pick<LpipsOptions, 'net' | 'version'>,
  ): TrainableNetwork {
    const backbone = backboneOf('TrainableNetwork.fromWeights', net);
    checkWeights(weights, backbone, { heads: true });
    const scalingLayer = backbone.scalingLayer && version === '0.1';
    return new TrainableNetwork({ ...backbone, scalingLayer }, weights);
  }

  /** The heads `[1, 1, channels, 1]`, in the order of the taps. */
  get heads(): Variable[] {
    return tapChannels(this.#backbone).map((_, index) => this.#variable(headName(index)));
  }

  /**
   * Unit-normalised activations of every tap, differentiable with respect to the weights and the images.
   *
   * @param images float32 `[batch, height, width, 3]`, RGB, in [-1, 1]
   * @returns one float32 `[batch, h, w, channels]` for each tap; the caller disposes (as a tape is on, with `tidy`)
   */
  features(images: Tensor4D): Tensor4D[] {
    let activation = scaleImages(images, [-1, 1], this.#backbone.scalingLayer);
    const taps: Tensor4D[] = [];
    for (const row of this.#backbone.operations) {
      if (row.operation === 'convRelu') activation = this.#convRelu(row, activation);
      else if (row.operation === 'maxPool') activation = maxPool(activation, row);
      else {
        const squeezed = this.#convRelu(row.squeeze, activation);
        activation = concatChannels(
          this.#convRelu(row.expand1x1, squeezed),
          this.#convRelu(row.expand3x3, squeezed),
        );
      }
      if (row.isTap) taps.push(unitNormalize(activation));
    }
    return taps;
  }

  /**
   * What each tap adds to the distance between features, differentiable with respect to heads and features.
   *
   * @returns float32 `[batch, taps]`; rows sum to the distance; the caller disposes
   */
  layers(features: readonly Tensor4D[], reference: readonly Tensor4D[]): Tensor2D {
    return tidy(() => stack(this.#overTaps(features, reference), 1) as Tensor2D);
  }

  /**
   * The distance between features; equal to `Lpips.distance` of the same weights.
   *
   * @returns float32 `[batch]`, dimensionless, ≥ 0 while no head is negative; the caller disposes
   */
  distance(features: readonly Tensor4D[], reference: readonly Tensor4D[]): Tensor1D {
    return tidy(() => addN(this.#overTaps(features, reference)));
  }

  /**
   * Sets negative head weights to 0. Heads alone: the published trainer clamps every 1x1 convolution, and with them
   * SqueezeNet's trunk.
   */
  clampHeads(): void {
    for (const head of this.heads) tidy(() => head.assign(clipByValue(head, 0, Number.POSITIVE_INFINITY)));
  }

  /** The weights as they are now, in the layout of `Lpips.fromWeights`. */
  async toWeights(): Promise<WeightMap> {
    const weights = new Map<string, Weight>();
    for (const [name, shape] of weightShapes(this.net)) {
      const value = this.#variable(name);
      const ordered = value.rank === 4 ? transpose(value, FROM_FILTER) : value;
      weights.set(name, { shape, data: new Float32Array(await ordered.data()) });
      if (ordered !== value) ordered.dispose();
    }
    return weights;
  }

  /** Releases the variables. */
  dispose(): void {
    for (const one of this.variables.values()) one.dispose();
  }

  #convRelu(row: ConvRelu, x: Tensor4D): Tensor4D {
    const filter = this.#variable(`${row.name}.weight`) as Tensor4D;
    return relu(convolve(x, filter, row).add(this.#variable(`${row.name}.bias`)));
  }

  /** 1/(H W) Σ w (û − v̂)² `[batch]` of each tap. */
  #overTaps(features: readonly Tensor4D[], reference: readonly Tensor4D[]): Tensor1D[] {
    return this.heads.map((head, index) => {
      const difference = squaredDifference<Tensor4D>(of(features, index), of(reference, index));
      return spatialMean(conv2d(difference, head as Tensor4D, 1, 'valid'));
    });
  }

  #variable(name: string): Variable {
    const found = this.variables.get(name);
    if (!found) throw new Error(`TrainableNetwork: no weight ${name}`);
    return found;
  }
}

/** A variable from a weight in state-dict order. Its name in the engine is its own: names there are unique. */
function toVariable({ shape, data }: Weight): Variable {
  return tidy(() => {
    const value: Tensor = tensor(data, [...shape]);
    return variable(shape.length === 4 ? transpose(value, TO_FILTER) : value);
  });
}

function weightOf(weights: WeightMap, name: string): Weight {
  const weight = weights.get(name);
  if (!weight) throw invalid('TrainableNetwork', 'a weight', name, 'none');
  return weight;
}

function of<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`no item ${index} of ${items.length}`);
  return item;
}
