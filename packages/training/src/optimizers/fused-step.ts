/**
 * @module
 * One step of an optimiser as one kernel for all of its variables. What the kernel gives is assigned to TensorFlow.js's own
 * variables, so that the optimiser's state, and what is saved of it, is that of TensorFlow.js.
 */
import {
  dispose,
  engine,
  type Optimizer,
  type Tensor,
  tidy,
  util,
  type Variable,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { advance, decide, refuseCapture } from '../capture/decisions.js';
import type { Decision } from '../capture/recorded-step.js';
import { hasTrainingKernel, TRAINING_KERNELS } from '../training-kernels.js';
import type { FusedOptimizerAttrs, OptimizerRule } from './optimizer-kernel.js';

/** What `applyGradients` takes: gradients by the name of their variable, or in a list. */
export type Gradients = Parameters<Optimizer['applyGradients']>[0];

/** One state of an optimiser for one variable, as TensorFlow.js keeps it. */
export interface OptimizerVariable {
  readonly originalName: string;
  readonly variable: Variable;
}

/** One state of an optimiser for all variables: TensorFlow.js's list, and what it adds to the name of a variable. */
interface StateList {
  readonly variables: OptimizerVariable[];
  readonly suffix: string;
}

/** How an optimiser takes its next step. */
interface OptimizerPlan {
  readonly rule: OptimizerRule;
  /** The lists of the rule's states, in its order. */
  readonly states: readonly StateList[];
  /** Whether the optimiser was disposed of. States say so too: only a rule without any needs this. */
  readonly isDisposed?: boolean;
  /** In the order of `OPTIMIZER_RULES`. */
  readonly coefficients: () => readonly number[];
}

/** An optimiser as a rule of the kernel. */
export interface FusedOptimizer {
  readonly optimizer: Optimizer;
  /** The next step, by the optimiser's fields. */
  readonly plan: () => OptimizerPlan;
  /** Counts a step, beyond the optimiser's `iterations`. */
  readonly advance?: () => void;
}

/**
 * Takes one step: a new value for every variable that has a gradient, and new states for it. What the lists of states lack is
 * added as TensorFlow.js adds it.
 *
 * @param gradients float32, each of the shape of its variable; variables without one, or of no elements, stay as they are
 * @returns false, with all values unchanged, where the current backend has no such kernel or the gradients are of another
 *   kind: then TensorFlow.js takes the step
 */
export function takeFusedStep(fused: FusedOptimizer, gradients: Gradients): boolean {
  if (!hasTrainingKernel(TRAINING_KERNELS.optimizer)) return false;
  const named = Array.isArray(gradients)
    ? gradients
    : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
  // Of two gradients of one variable TensorFlow.js takes the second from the value that the first gave.
  if (new Set(named.map(({ name }) => name)).size < named.length) return false;
  const { rule, states } = fused.plan();
  const updated: Variable[][] = []; // for each variable: it, then its states
  const steps: Tensor[] = [];
  for (const [index, { name, tensor }] of named.entries()) {
    const variable = engine().registeredVariables[name];
    if (!variable) return false;
    const own = [variable, ...states.map((state) => stateOf(state, index, variable))];
    if (!tensor || variable.size === 0) continue;
    const isUsual = (each: Tensor) =>
      each.dtype === 'float32' && util.arraysEqual(each.shape, variable.shape) && !each.isDisposed;
    if (!isUsual(tensor) || !own.every(isUsual)) return false;
    updated.push(own);
    steps.push(tensor);
  }
  const decision = decisionOf(fused);
  if (updated.length > 0) {
    const [values = [], ...ofStates] = transpose(updated);
    const inputs = [...values, ...steps, ...ofStates.flat()];
    const results = decide(decision, (coefficients) => runOptimizer(inputs, { rule, coefficients }));
    assign([...values, ...ofStates.flat()], results);
  } else {
    refuseCapture('has an optimizer without gradients');
  }
  advance(decision);
  return true;
}

/** The coefficients of a step, which belongs to the rule and to the variables of the states. */
function decisionOf({ optimizer, plan, advance: count }: FusedOptimizer): Decision {
  return {
    owner: optimizer,
    look() {
      const { rule, coefficients, states, isDisposed } = plan();
      const variables = states.flatMap((list) => list.variables.map(({ variable }) => variable));
      return { values: coefficients(), conditions: [rule, isDisposed, ...variables] };
    },
    advance() {
      count?.();
      optimizer['incrementIterations']();
    },
  };
}

/** The state of the variable at `index`, zeros where there is none yet. */
function stateOf({ variables, suffix }: StateList, index: number, variable: Variable): Variable {
  variables[index] ??= {
    originalName: `${variable.name}/${suffix}`,
    variable: tidy(() => zerosLike(variable).variable(false)),
  };
  return variables[index].variable;
}

function runOptimizer(inputs: readonly Tensor[], attributes: FusedOptimizerAttrs): Tensor[] {
  return engine().runKernel(TRAINING_KERNELS.optimizer, Object.fromEntries(inputs.entries()), {
    ...attributes,
  } as never);
}

function assign(variables: readonly Variable[], values: readonly Tensor[]): void {
  for (const [index, value] of values.entries()) variables[index]?.assign(value);
  dispose([...values]);
}

function transpose<T>(rows: readonly (readonly T[])[]): T[][] {
  return (rows[0] ?? []).map((_, column) => rows.flatMap((row) => row.slice(column, column + 1)));
}
