/**
 * @module
 * The optimisers of TensorFlow.js as rules of the kernel `FusedOptimizer@1`: where each keeps its states, and how its
 * coefficients follow from its fields, which may change between steps.
 */
import type {
  AdamOptimizer,
  MomentumOptimizer,
  RMSPropOptimizer,
  Scalar,
  SGDOptimizer,
  Variable,
} from '@tensorflow/tfjs-core';
import { scalar, tidy } from '@tensorflow/tfjs-core';
import type { FusedOptimizer, OptimizerVariable } from './fused-step.js';
import { averageCoefficients, roundsAsStock } from './rounding.js';

// The fields of the optimisers, most of which the types of TensorFlow.js leave out.

interface SgdFields {
  readonly learningRate: number;
}

/** −η for operations of TensorFlow.js. */
interface ScaleField {
  readonly c: Scalar;
}

interface MomentumFields extends SgdFields {
  readonly momentum: number;
  readonly useNesterov: boolean;
  readonly accumulations: OptimizerVariable[];
}

interface RmspropFields extends SgdFields {
  readonly decay: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly centered: boolean;
  readonly accumulatedMeanSquares: OptimizerVariable[];
  readonly accumulatedMoments: OptimizerVariable[];
  readonly accumulatedMeanGrads: OptimizerVariable[];
}

interface AdamFields extends SgdFields {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** β₁ᵗ and β₂ᵗ of the next step. */
  readonly accBeta1: Variable;
  readonly accBeta2: Variable;
  readonly accumulatedFirstMoment: OptimizerVariable[];
  readonly accumulatedSecondMoment: OptimizerVariable[];
  readonly iterations: number;
}

/** w ← w − η g. */
export function fusedSgd(optimizer: SGDOptimizer): FusedOptimizer {
  const fields = optimizer as unknown as SgdFields & ScaleField;
  return {
    optimizer,
    plan: () => ({
      rule: 'sgd',
      states: [],
      isDisposed: fields.c.isDisposed,
      coefficients: () => [-fields.learningRate],
    }),
  };
}

/** Momentum, and that of Nesterov. */
export function fusedMomentum(optimizer: MomentumOptimizer): FusedOptimizer {
  const fields = optimizer as unknown as MomentumFields;
  return {
    optimizer,
    plan: () => ({
      rule: fields.useNesterov ? 'nesterov' : 'momentum',
      states: [{ variables: fields.accumulations, suffix: 'momentum' }],
      coefficients: () => [fields.momentum, -fields.learningRate],
    }),
  };
}

/**
 * RMSProp. Of the centred one TensorFlow.js takes the root of r − c² − ε, which is NaN where gradients are small or steady.
 * Here it is that of max(r − c², 0) + ε, unless its rounding is asked for.
 */
export function fusedRmsprop(optimizer: RMSPropOptimizer): FusedOptimizer {
  const fields = optimizer as unknown as RmspropFields;
  return {
    optimizer,
    plan() {
      const { learningRate, decay, momentum, epsilon, centered } = fields;
      const states = [
        { variables: fields.accumulatedMeanSquares, suffix: 'rms' },
        { variables: fields.accumulatedMoments, suffix: 'momentum' },
      ];
      const plain = () => [...averageCoefficients(decay), momentum, learningRate];
      if (!centered) return { rule: 'rmsprop', states, coefficients: () => [...plain(), epsilon] };
      states.push({ variables: fields.accumulatedMeanGrads, suffix: 'mg' });
      const inRoot = () => (roundsAsStock() ? [-epsilon, Number.NEGATIVE_INFINITY] : [epsilon, 0]);
      return { rule: 'centeredRmsprop', states, coefficients: () => [...plain(), ...inRoot()] };
    },
  };
}

/**
 * Adam (Kingma and Ba 2015), and with a weight decay AdamW (Loshchilov and Hutter 2019):
 * w ← w − η λ w − η m̂ / (√v̂ + ε), m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
 *
 * @param weightDecay gives λ, 0 for Adam
 */
export function fusedAdam(optimizer: AdamOptimizer, weightDecay = () => 0): FusedOptimizer {
  const fields = optimizer as unknown as AdamFields;
  return {
    optimizer,
    plan() {
      const { learningRate, beta1, beta2, epsilon } = fields;
      return {
        rule: 'adam',
        states: [
          { variables: fields.accumulatedFirstMoment, suffix: 'm' },
          { variables: fields.accumulatedSecondMoment, suffix: 'v' },
        ],
        coefficients() {
          const [bias1, bias2] = biasCorrections(fields);
          const scales = [
            1 - learningRate * weightDecay(),
            learningRate / bias1,
            1 / Math.sqrt(bias2),
            epsilon,
          ];
          return [...averageCoefficients(beta1), ...averageCoefficients(beta2), ...scales];
        },
      };
    },
    advance: () => advancePowers(fields),
  };
}

/** 1 − β₁ᵗ and 1 − β₂ᵗ. */
function biasCorrections({ beta1, beta2, iterations, accBeta1, accBeta2 }: AdamFields): [number, number] {
  if (roundsAsStock()) return [Math.fround(1 - floatOf(accBeta1)), Math.fround(1 - floatOf(accBeta2))];
  return [1 - beta1 ** (iterations + 1), 1 - beta2 ** (iterations + 1)];
}

/** Leaves the powers of β as TensorFlow.js does, which may take the next step. */
function advancePowers({ beta1, beta2, iterations, accBeta1, accBeta2 }: AdamFields): void {
  const next = (power: Variable, beta: number) =>
    roundsAsStock() ? floatOf(power) * Math.fround(beta) : beta ** (iterations + 2);
  tidy(() => {
    accBeta1.assign(scalar(next(accBeta1, beta1)));
    accBeta2.assign(scalar(next(accBeta2, beta2)));
  });
}

/** NaN where the optimiser was disposed of: a captured step looks at its coefficients before it is recorded anew. */
function floatOf(variable: Variable): number {
  if (variable.isDisposed) return Number.NaN;
  const [value = Number.NaN] = variable.dataSync();
  return value;
}
