/**
 * @module
 * Any backbone of lpips-core with weights that can be trained. The table and the equation are those of `Lpips`, but
 * convolutions and heads are variables, and gradients reach them.
 *
 * Gradients to the kernels need `Conv2DBackpropFilter` (`training-kernels.ts`).
 */
import {
  add,
  addN,
  concat,
  dispose,
  div,
  matMul,
  type Rank,
  reshape,
  type Scalar,
  sqrt,
  square,
  squaredDifference,
  stack,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor,
  tidy,
  transpose,
  type Variable,
  variable,
  variableGrads,
} from '@tensorflow/tfjs';
import {
  at,
  invalid,
  type LpipsOptions,
  type NetName,
  type Weight,
  type WeightMap,
  weightShapes,
} from 'lpips-core';
import {
  type Backbone,
  backboneOf,
  type ConvRelu,
  checkWeights,
  concatChannels,
  headName,
  maxPool,
  scaleImages,
  tapChannels,
  unitNormalize,
} from 'lpips-core/equation';
import { captureStep } from 'tfjs-fused-training';
import { pooledSquaredDifference } from './pooled-squared-difference.js';
import { trainableConvRelu } from './trainable-conv-relu.js';

/** State-dict order `[out, in, height, width]` to TensorFlow.js's `[height, width, in, out]`. */
const TO_FILTER = [2, 3, 1, 0];
/** Keeps the gradient of the square root finite if two images are the same. */
const LEAST_FOURTH = 1e-20;

/** Name of the loss among its gradients; no weight has it. */
const LOSS = 'loss';

/** Computes a loss and its gradients, and has a `dispose` of its own. */
export interface GradientStep<Inputs extends readonly Tensor[]> {
  (...inputs: Inputs): Promise<{ loss: number; gradients: Map<string, Float32Array> }>;
  dispose(): void;
}

/** A network whose convolutions and heads are variables under their state-dict names. Call `dispose` when done. */
export class TrainableNetwork {
  /** Name of the network. */
  readonly net: NetName;
  /** Every weight in its state-dict shape, convolutions in the order of the table and then the heads. */
  readonly variables: ReadonlyMap<string, Variable>;
  readonly #backbone: Backbone;

  private constructor(backbone: Backbone, weights: WeightMap) {
    this.net = backbone.net;
    this.#backbone = backbone;
    this.variables = new Map(
      [...weightShapes(backbone.net).keys()].map((name) => [
        name,
        tidy(() => variable(toTensor(weightOf(weights, name)))),
      ]),
    );
  }

  /**
   * A network that begins with these weights, on the current backend.
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

  /**
   * Unit-normalised activations of every tap, differentiable with respect to the weights; the images are constants.
   *
   * @param images float32 `[batch, height, width, 3]`, RGB, in [-1, 1]
   * @returns one float32 `[batch, h, w, channels]` for each tap; the caller disposes (with `tidy`, since a tape is on)
   */
  features(images: Tensor4D): Tensor4D[] {
    const { scalingLayer } = this.#backbone;
    let activation = scalingLayer ? scaleImages(images, [-1, 1], scalingLayer) : images;
    const taps: Tensor4D[] = [];
    for (const [index, row] of this.#backbone.operations.entries()) {
      if (row.operation === 'convRelu') {
        activation = this.#convRelu(row, activation, index === 0 ? 'constant' : undefined);
      } else if (row.operation === 'maxPool') activation = maxPool(activation, row);
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
   * The distance between features, tap by tap, differentiable with respect to heads and features.
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

  /** All heads one after the other, float32 `[channels of all taps, 1]`, differentiable; the caller disposes. */
  headColumn(): Tensor2D {
    return tidy(() => concat(this.#overHeads((head) => head)));
  }

  /**
   * Squared differences of all taps, one tap after the other, averaged over height and width; and the standard
   * deviation that dropout of one half gives this mean (`training/dropout-noise.ts`). Differentiable with respect to
   * the features. The product of the means with `headColumn` is the distance.
   *
   * @returns float32 `[batch, channels of all taps]` each; the caller disposes
   */
  moments(
    features: readonly Tensor4D[],
    reference: readonly Tensor4D[],
  ): { means: Tensor2D; deviations: Tensor2D } {
    const [means, deviations]: [Tensor2D[], Tensor2D[]] = [[], []];
    for (const [index, u] of features.entries()) {
      const v = at(reference, index);
      const [, height, width] = u.shape;
      means.push(pooledSquaredDifference(u, v));
      const fourth = sum<Tensor2D>(square(squaredDifference(u, v)), [1, 2]);
      deviations.push(div(sqrt(add(fourth, LEAST_FOURTH)), height * width));
    }
    return { means: concat(means, 1), deviations: concat(deviations, 1) };
  }

  /**
   * A loss and its gradients with respect to every weight.
   *
   * @param loss computes a scalar from `features`, `layers` and `distance`
   * @returns values on the processor, in the layout of the weights
   */
  async gradients(loss: () => Scalar): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
    return await this.#readGradients(tidy(() => this.#gradientsOf(loss)));
  }

  /**
   * As `gradients`, for a loss that is computed many times: it becomes one operation where the backend can capture steps,
   * with the same bits.
   *
   * @param loss everything that changes between steps is a tensor among its arguments; it draws and reads nothing
   * @returns a function of those tensors; the caller disposes the function and the tensors
   */
  captureGradients<Inputs extends readonly Tensor[]>(
    loss: (...inputs: Inputs) => Scalar,
  ): GradientStep<Inputs> {
    const captured = captureStep((...inputs: Inputs) => this.#gradientsOf(() => loss(...inputs)));
    const step = async (...inputs: Inputs) => await this.#readGradients(captured(...inputs));
    return Object.assign(step, { dispose: () => captured.dispose() });
  }

  /** The loss, and the gradients under the names of their weights. */
  #gradientsOf(loss: () => Scalar): Record<string, Tensor> {
    const { value, grads } = variableGrads(loss, [...this.variables.values()]);
    const result: Record<string, Tensor> = { [LOSS]: value };
    for (const [name, { name: variable }] of this.variables) {
      const gradient = grads[variable];
      if (gradient) result[name] = gradient;
    }
    return result;
  }

  async #readGradients(
    tensors: Record<string, Tensor>,
  ): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
    try {
      const values = new Map<string, Float32Array>();
      for (const [name, tensor] of Object.entries(tensors)) values.set(name, await tensor.data<'float32'>());
      const loss = at(values.get(LOSS) ?? [], 0);
      values.delete(LOSS);
      return { loss, gradients: values };
    } finally {
      dispose(tensors);
    }
  }

  /** Replaces the values of the weights, in the layout of `Lpips.fromWeights`. */
  assign(weights: WeightMap): void {
    for (const [name, variable] of this.variables) {
      tidy(() => variable.assign(toTensor(weightOf(weights, name))));
    }
  }

  /** Releases the variables. */
  dispose(): void {
    for (const one of this.variables.values()) one.dispose();
  }

  #convRelu(row: ConvRelu, x: Tensor4D, input?: 'constant'): Tensor4D {
    const filter = toFilter(this.#variable(`${row.name}.weight`));
    const bias = reshape<Rank.R1>(this.#variable(`${row.name}.bias`), [row.out]);
    return trainableConvRelu(x, filter, bias, row, input);
  }

  /** Σ_c w_c · 1/(H W) Σ (û − v̂)_c² `[batch]` of each tap. */
  #overTaps(features: readonly Tensor4D[], reference: readonly Tensor4D[]): Tensor1D[] {
    return this.#overHeads((head, index) => {
      const pooled = pooledSquaredDifference(at(features, index), at(reference, index)); // [batch, channels]
      return reshape(matMul(pooled, head), [-1]);
    });
  }

  /** Calls `each` with every head as a column `[channels, 1]`. */
  #overHeads<T>(each: (head: Tensor2D, index: number) => T): T[] {
    return tapChannels(this.#backbone).map((channels, index) =>
      each(reshape<Rank.R2>(this.#variable(headName(index)), [channels, 1]), index),
    );
  }

  #variable(name: string): Variable {
    const found = this.variables.get(name);
    if (!found) throw new Error(`TrainableNetwork: no weight ${name}`);
    return found;
  }
}

function toFilter(weight: Variable): Tensor4D {
  return transpose<Tensor>(weight, TO_FILTER) as Tensor4D;
}

function toTensor({ shape, data }: Weight): Tensor {
  return tensor(data, [...shape]);
}

function weightOf(weights: WeightMap, name: string): Weight {
  const weight = weights.get(name);
  if (!weight) throw invalid('TrainableNetwork', 'a weight', name, 'none');
  return weight;
}
