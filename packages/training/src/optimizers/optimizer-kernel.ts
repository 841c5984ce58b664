/**
 * @module
 * The contract of the kernel `FusedOptimizer@1`, which takes one step of an optimiser for all variables at once.
 *
 * Its inputs are a list of float32 tensors: the values of all variables, then their gradients, then each state of the
 * rule, every list in the order of the variables. Its outputs are new tensors for the values and then for each state.
 * Nothing is written in place, since clones share the memory of a variable. No tensor is empty.
 */
import type { NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';

/**
 * By rule: the states that it keeps for each variable, and its coefficients. For every element, with the value w, the
 * gradient g and each state under its own name:
 *
 * | rule | |
 * |---|---|
 * | `sgd` | w ← w + step·g |
 * | `momentum` | a ← momentum·a + g; w ← w + step·a |
 * | `nesterov` | a ← momentum·a + g; w ← w + step·(g + momentum·a) |
 * | `rmsprop` | r ← avg(r, g²); a ← momentum·a + rate·g / √(r + epsilon); w ← w − a |
 * | `centeredRmsprop` | r ← avg(r, g²); c ← avg(c, g); a ← momentum·a + rate·g / √(max(r − c², least) + epsilon); w ← w − a |
 * | `adam` | m ← avg₁(m, g); v ← avg₂(v, g²); w ← keep·w − step·m / (√v·scale + epsilon) |
 *
 * avg(x, y) = high·x + (new·y + low·x) is the moving average: high + low is its decay in twice the precision of float32,
 * and `new` is 1 − decay.
 */
export const OPTIMIZER_RULES = {
  sgd: { states: [], coefficients: ['step'] },
  momentum: { states: ['a'], coefficients: ['momentum', 'step'] },
  nesterov: { states: ['a'], coefficients: ['momentum', 'step'] },
  rmsprop: { states: ['r', 'a'], coefficients: ['high', 'low', 'new', 'momentum', 'rate', 'epsilon'] },
  centeredRmsprop: {
    states: ['r', 'a', 'c'],
    coefficients: ['high', 'low', 'new', 'momentum', 'rate', 'epsilon', 'least'],
  },
  adam: {
    states: ['m', 'v'],
    coefficients: ['high1', 'low1', 'new1', 'high2', 'low2', 'new2', 'keep', 'step', 'scale', 'epsilon'],
  },
} as const satisfies Record<string, { states: readonly string[]; coefficients: readonly string[] }>;

export type OptimizerRule = keyof typeof OPTIMIZER_RULES;

/** Attributes of the kernel. */
export interface FusedOptimizerAttrs {
  readonly rule: OptimizerRule;
  /** In the order of `OPTIMIZER_RULES`. A kernel rounds them to float32. */
  readonly coefficients: readonly number[];
}

/** What a kernel is called with. */
export interface FusedOptimizerCall extends FusedOptimizerAttrs {
  /** How many variables there are. */
  readonly count: number;
  /** All inputs in order. */
  readonly tensors: readonly TensorInfo[];
  /** How many outputs there are. */
  readonly outputs: number;
}

/** A kernel's arguments as the contract describes them. */
export function fusedOptimizerCall(inputs: NamedTensorInfoMap, attrs: object): FusedOptimizerCall {
  const { rule, coefficients } = attrs as FusedOptimizerAttrs;
  const tensors = Object.values(inputs).filter((tensor) => tensor !== undefined);
  const lists = OPTIMIZER_RULES[rule].states.length;
  const count = tensors.length / (2 + lists);
  return { rule, coefficients, tensors, count, outputs: count * (1 + lists) };
}
