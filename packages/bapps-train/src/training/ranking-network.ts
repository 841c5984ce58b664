/**
 * @module
 * The ranking network that turns two distances into a judgement, and its binary cross-entropy (Zhang et al. 2018,
 * section 3): h(d0, d1) is the share of people expected to prefer p1. It is trained together with the heads and then
 * dropped.
 *
 *     f = (d0, d1, d0 − d1, d0/(d1 + ε), d1/(d0 + ε)),  ε = 0.1
 *     h = sigmoid(W₄ a₂ + b₄),  a₂ = lrelu(W₂ a₁ + b₂),  a₁ = lrelu(W₀ f + b₀),  32 hidden units each, slope 0.2
 *     loss = −mean(judge·log h + (1 − judge)·log(1 − h))
 *
 * Plain loops with float32 weights and float64 sums in a fixed order, so that the same numbers give the same bits.
 * Logarithms stop at −100, as in the official code. The gradient at the logit is (h − judge)/batch, even if h is
 * rounded to 0 or 1; the gradient of lrelu at 0 is the slope.
 */
import { at, invalid, type Weight, type WeightMap } from 'lpips-core';
import { float32At, float64At } from '../typed-reads.js';
import type { RandomStream } from './random-streams.js';

const INPUTS = 5;
const HIDDEN = 32;
const SLOPE = 0.2;
const EPSILON = 0.1;
const LEAST_LOG = -100;

/** Names and shapes of the weights in the official state dict. */
const SHAPES: ReadonlyMap<string, readonly number[]> = new Map([
  ['model.0.weight', [HIDDEN, INPUTS, 1, 1]],
  ['model.0.bias', [HIDDEN]],
  ['model.2.weight', [HIDDEN, HIDDEN, 1, 1]],
  ['model.2.bias', [HIDDEN]],
  ['model.4.weight', [1, HIDDEN, 1, 1]],
  ['model.4.bias', [1]],
]);

/** Loss of a batch, the predictions, and the gradients of the loss. */
export interface Ranking {
  loss: number;
  /** `[batch]`, in (0, 1): the share of people expected to prefer p1. */
  predicted: Float64Array;
  /** With respect to the distances, `[batch]` each. */
  d0: Float64Array;
  d1: Float64Array;
  /** With respect to the weights, by their names. */
  weights: ReadonlyMap<string, Float64Array>;
}

/** The ranking network. An optimiser changes its weights in place. */
export class RankingNetwork {
  /** Weights by state-dict name: the arrays that `rank` reads, not copies. */
  readonly weights: WeightMap;

  private constructor(weights: WeightMap) {
    this.weights = weights;
  }

  /** Weights and biases uniform in ±1/√(inputs of their layer), as PyTorch begins. */
  static initial(random: RandomStream): RankingNetwork {
    const weights = new Map<string, Weight>();
    for (const [name, shape] of SHAPES) {
      const bound = 1 / Math.sqrt(name.startsWith('model.0') ? INPUTS : HIDDEN);
      const data = Float32Array.from({ length: sizeOf(shape) }, () => bound * (2 * random.uniform() - 1));
      weights.set(name, { shape, data });
    }
    return new RankingNetwork(weights);
  }

  /**
   * The network from its official state dict; values are copied.
   *
   * @throws LpipsError if a weight is missing or has another shape
   */
  static fromWeights(given: WeightMap): RankingNetwork {
    const weights = new Map<string, Weight>();
    for (const [name, shape] of SHAPES) {
      const weight = given.get(name);
      if (weight?.data.length !== sizeOf(shape)) {
        const got = weight ? `[${weight.shape.join(', ')}]` : 'none';
        throw invalid('RankingNetwork', `a weight of shape [${shape.join(', ')}]`, name, got);
      }
      weights.set(name, { shape, data: Float32Array.from(weight.data) });
    }
    return new RankingNetwork(weights);
  }

  /**
   * The loss of a batch against the judgements of people, and its gradients.
   *
   * @param d0 distances of p0 to the reference, `[batch]`, ≥ 0
   * @param d1 distances of p1, `[batch]`
   * @param judge share of people who preferred p1, `[batch]`, in [0, 1]
   */
  rank(d0: ArrayLike<number>, d1: ArrayLike<number>, judge: ArrayLike<number>): Ranking {
    const w0 = this.#values('model.0.weight');
    const b0 = this.#values('model.0.bias');
    const w2 = this.#values('model.2.weight');
    const b2 = this.#values('model.2.bias');
    const w4 = this.#values('model.4.weight');
    const b4 = float32At(this.#values('model.4.bias'), 0);
    const gradients = new Map<string, Float64Array>();
    const zeroGradient = (name: string): Float64Array => {
      const gradient = new Float64Array(this.#values(name).length);
      gradients.set(name, gradient);
      return gradient;
    };
    const [dw0, db0] = [zeroGradient('model.0.weight'), zeroGradient('model.0.bias')];
    const [dw2, db2] = [zeroGradient('model.2.weight'), zeroGradient('model.2.bias')];
    const [dw4, db4] = [zeroGradient('model.4.weight'), zeroGradient('model.4.bias')];

    const batch = judge.length;
    const predicted = new Float64Array(batch);
    const [dd0, dd1] = [new Float64Array(batch), new Float64Array(batch)];
    const f = new Float64Array(INPUTS);
    const df = new Float64Array(INPUTS);
    const [a1, a2] = [new Float64Array(HIDDEN), new Float64Array(HIDDEN)];
    const [dz1, dz2] = [new Float64Array(HIDDEN), new Float64Array(HIDDEN)];
    let loss = 0;
    for (let i = 0; i < batch; i++) {
      const [x0, x1, share] = [at(d0, i), at(d1, i), at(judge, i)];
      f.set([x0, x1, x0 - x1, x0 / (x1 + EPSILON), x1 / (x0 + EPSILON)]);
      layer(w0, b0, f, a1);
      layer(w2, b2, a1, a2);
      let logit = b4;
      for (let j = 0; j < HIDDEN; j++) logit += float32At(w4, j) * float64At(a2, j);
      const h = 1 / (1 + Math.exp(-logit));
      predicted[i] = h;
      // log(1 − h) from the logit's own sign, so that it keeps its digits where h is near 1.
      const logOther = Math.log(1 / (1 + Math.exp(logit)));
      loss -= share * Math.max(Math.log(h), LEAST_LOG) + (1 - share) * Math.max(logOther, LEAST_LOG);

      const dLogit = (h - share) / batch;
      db4[0] = float64At(db4, 0) + dLogit;
      dz1.fill(0);
      df.fill(0);
      for (let j = 0; j < HIDDEN; j++) {
        dw4[j] = float64At(dw4, j) + dLogit * float64At(a2, j);
        dz2[j] = dLogit * float32At(w4, j) * slope(float64At(a2, j));
      }
      backward(w2, dz2, a1, dw2, db2, dz1);
      for (let j = 0; j < HIDDEN; j++) dz1[j] = float64At(dz1, j) * slope(float64At(a1, j));
      backward(w0, dz1, f, dw0, db0, df);
      const [g0, g1, g2, g3, g4] = [
        float64At(df, 0),
        float64At(df, 1),
        float64At(df, 2),
        float64At(df, 3),
        float64At(df, 4),
      ];
      dd0[i] = g0 + g2 + g3 / (x1 + EPSILON) - (g4 * x1) / (x0 + EPSILON) ** 2;
      dd1[i] = g1 - g2 - (g3 * x0) / (x1 + EPSILON) ** 2 + g4 / (x0 + EPSILON);
    }
    return { loss: loss / batch, predicted, d0: dd0, d1: dd1, weights: gradients };
  }

  #values(name: string): Float32Array {
    const weight = this.weights.get(name);
    if (!weight) throw new Error(`RankingNetwork: no weight ${name}`);
    return weight.data;
  }
}

/** y = lrelu(W x + b), W row-major `[HIDDEN, inputs]`. */
function layer(w: Float32Array, b: Float32Array, x: Float64Array, y: Float64Array): void {
  const inputs = x.length;
  for (let row = 0, k = 0; row < HIDDEN; row++) {
    let sum = float32At(b, row);
    for (let column = 0; column < inputs; column++, k++) sum += float32At(w, k) * float64At(x, column);
    y[row] = sum > 0 ? sum : SLOPE * sum;
  }
}

/** Adds the gradients dz xᵀ of W and dz of b, and Wᵀ dz of x. */
function backward(
  w: Float32Array,
  dz: Float64Array,
  x: Float64Array,
  dw: Float64Array,
  db: Float64Array,
  dx: Float64Array,
): void {
  const inputs = x.length;
  for (let row = 0, k = 0; row < HIDDEN; row++) {
    const upstream = float64At(dz, row);
    db[row] = float64At(db, row) + upstream;
    for (let column = 0; column < inputs; column++, k++) {
      dw[k] = float64At(dw, k) + upstream * float64At(x, column);
      dx[column] = float64At(dx, column) + upstream * float32At(w, k);
    }
  }
}

/** Gradient of lrelu from its value, which has the sign of its argument. */
function slope(activation: number): number {
  return activation > 0 ? 1 : SLOPE;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
