/**
 * @module
 * Adam (Kingma & Ba 2015) with PyTorch's conventions. They differ from TensorFlow.js's in the place of ε:
 *
 *     m ← β₁m + (1 − β₁)g,  v ← β₂v + (1 − β₂)g²,  w ← w − lr/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε)
 *
 * The state is float32, as the weights are; the arithmetic of a step is float64.
 */
import type { Weight, WeightMap } from 'lpips-core';
import { float32At } from '../typed-reads.js';
import { restoreWeights } from './restore-weights.js';

/** Decay of the moments, and the term that keeps the denominator from 0. */
export interface AdamOptions {
  /** Default 0.5, that of the LPIPS recipe. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Default 1e-8. */
  epsilon?: number;
}

interface Slot {
  readonly weight: Weight;
  readonly m: Float32Array;
  readonly v: Float32Array;
}

/** An optimiser that changes named weights in place. */
export class Adam {
  readonly #slots: ReadonlyMap<string, Slot>;
  readonly #options: Required<AdamOptions>;
  #steps = 0;

  constructor(weights: WeightMap, { beta1 = 0.5, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions = {}) {
    this.#options = { beta1, beta2, epsilon };
    this.#slots = new Map(
      [...weights].map(([name, weight]) => {
        const size = weight.data.length;
        return [name, { weight, m: new Float32Array(size), v: new Float32Array(size) }];
      }),
    );
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Takes one step. A weight without a gradient keeps its values.
   *
   * @param weightDecay λ of an L2 penalty, whose gradient λ·w is added
   */
  step(gradients: ReadonlyMap<string, ArrayLike<number>>, learningRate: number, weightDecay = 0): void {
    const { beta1, beta2, epsilon } = this.#options;
    this.#steps++;
    const rate = learningRate / (1 - beta1 ** this.#steps);
    const root = Math.sqrt(1 - beta2 ** this.#steps);
    const [at, gradientAt] = [float32At, numberAt];
    for (const [name, gradient] of gradients) {
      const slot = this.#slots.get(name);
      if (!slot) throw new Error(`Adam: no weight ${name}`);
      const { weight, m, v } = slot;
      const w = weight.data;
      for (let i = 0; i < w.length; i++) {
        const g = gradientAt(gradient, i) + weightDecay * at(w, i);
        const mean = beta1 * at(m, i) + (1 - beta1) * g;
        const square = beta2 * at(v, i) + (1 - beta2) * g * g;
        m[i] = mean;
        v[i] = square;
        w[i] = at(w, i) - (rate * mean) / (Math.sqrt(square) / root + epsilon);
      }
    }
  }

  /** The moments under `m/<name>` and `v/<name>`: the optimiser's own arrays, not copies. */
  moments(): WeightMap {
    const moments = new Map<string, Weight>();
    for (const [name, { weight, m, v }] of this.#slots) {
      moments.set(`m/${name}`, { shape: weight.shape, data: m });
      moments.set(`v/${name}`, { shape: weight.shape, data: v });
    }
    return moments;
  }

  /**
   * Continues from the state of another optimiser.
   *
   * @param moments as `moments` returned them; values are copied
   * @throws LpipsError if one is missing or has another size
   */
  restore(moments: WeightMap, steps: number): void {
    restoreWeights('Adam', this.moments(), moments);
    this.#steps = steps;
  }
}

/** A function of its own: gradients are lists of few kinds here, and of many where `at` is shared. */
function numberAt(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no item ${index} of ${values.length}`);
  return value;
}
