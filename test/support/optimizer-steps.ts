/**
 * @module
 * Steps of optimisers along given gradients, with and without the kernel that takes them for all variables.
 */
import {
  getKernel,
  type Optimizer,
  registerKernel,
  tensor,
  unregisterKernel,
  type Variable,
  variable,
} from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { randomValues, sizeOf } from './numbers.js';

const KERNEL = 'FusedOptimizer@1';

/** Variables by shape and first value, and a gradient for each in every step. */
export interface Subject {
  readonly shapes: readonly number[][];
  readonly values: readonly Float32Array[];
  readonly gradients: readonly (readonly Float32Array[])[];
}

/** Seeded values in [-1, 1), and gradients in [least, 1). */
export function makeSubject(shapes: readonly number[][], steps: number, least = -0.5): Subject {
  return {
    shapes,
    values: shapes.map((shape, i) => randomValues(sizeOf(shape), i)),
    gradients: Array.from({ length: steps }, (_, step) =>
      shapes.map((shape, i) => randomValues(sizeOf(shape), 1000 * (step + 1) + i, least, 1)),
    ),
  };
}

export function variablesOf({ shapes, values }: Pick<Subject, 'shapes' | 'values'>): Variable[] {
  return shapes.map((shape, i) => variable(tensor(at(values, i), shape, 'float32')));
}

/** One step; a variable whose gradient is undefined has none. */
export function applyGradients(
  optimizer: Optimizer,
  variables: readonly Variable[],
  gradients: readonly (Float32Array | undefined)[],
): void {
  const named = variables.map(({ name, shape }, i) => {
    const values = gradients[i];
    return { name, tensor: values && tensor(values, shape, 'float32') };
  });
  optimizer.applyGradients(named as never);
  for (const each of named) each.tensor?.dispose();
}

/** The values of all variables after all steps. */
export function trainedValues(make: () => Optimizer, subject: Subject): number[][] {
  const variables = variablesOf(subject);
  const optimizer = make();
  for (const gradients of subject.gradients) applyGradients(optimizer, variables, gradients);
  const values = variables.map((each) => Array.from(each.dataSync()));
  optimizer.dispose();
  for (const each of variables) each.dispose();
  return values;
}

/** Runs `work` on a backend as if it had no such kernel. */
export async function withStockKernels<T>(backend: string, work: () => T | Promise<T>): Promise<T> {
  const kernel = getKernel(KERNEL, backend);
  if (!kernel) throw new Error(`${backend} has no ${KERNEL}`);
  unregisterKernel(KERNEL, backend);
  try {
    return await work();
  } finally {
    registerKernel(kernel);
  }
}
