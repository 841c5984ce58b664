/**
 * The hook, with a kernel in JavaScript that knows one rule.
 */
import '@tensorflow/tfjs';
import {
  AdamOptimizer,
  engine,
  getKernel,
  type Optimizer,
  registerKernel,
  setBackend,
  type Tensor,
  tensor1d,
  train,
  unregisterKernel,
  variable,
} from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { fusedOptimizerCall, fuseOptimizers, TRAINING_KERNELS } from '../../src/index.js';

const kernelName = TRAINING_KERNELS.optimizer;
const calls: string[] = [];

beforeAll(async () => {
  await setBackend('cpu');
  fuseOptimizers();
});
afterEach(() => {
  if (getKernel(kernelName, 'cpu')) unregisterKernel(kernelName, 'cpu');
  calls.length = 0;
});

/** Registers a kernel that halves every value. */
function registerHalving(): void {
  registerKernel({
    kernelName,
    backendName: 'cpu',
    kernelFunc: ({ inputs, attrs = {} }) => {
      const { rule, tensors, count, outputs } = fusedOptimizerCall(inputs, attrs);
      calls.push(`${rule} of ${count}, ${outputs} outputs`);
      return [...tensors.slice(0, count), ...tensors.slice(2 * count)].map((each) => {
        const values = engine().readSync(each.dataId) as Float32Array;
        return engine().makeTensor(
          values.map((value) => value / 2),
          each.shape,
          'float32',
          engine().backend,
        );
      });
    },
  });
}

function step(optimizer: Optimizer): Tensor[] {
  const variables = [variable(tensor1d([8, 6])), variable(tensor1d([4]))];
  optimizer.applyGradients(
    variables.map(({ name, shape }) => ({ name, tensor: tensor1d(Array(shape[0]).fill(1)) })),
  );
  return variables;
}

it('calls the kernel once a step where the backend has it, with all variables', () => {
  registerHalving();
  expect(step(train.sgd(1)).map((each) => [...each.dataSync()])).toEqual([[4, 3], [2]]);
  step(train.momentum(1, 0.9, true));
  step(train.rmsprop(1, 0.9, 0, 1e-7, true));
  step(train.adam(1));
  expect(calls).toEqual([
    'sgd of 2, 2 outputs',
    'nesterov of 2, 4 outputs',
    'centeredRmsprop of 2, 8 outputs',
    'adam of 2, 6 outputs',
  ]);
});

it('leaves the step to TensorFlow.js where the backend has no such kernel', () => {
  expect(step(train.sgd(1)).map((each) => [...each.dataSync()])).toEqual([[7, 5], [3]]);
});

it('stands in a class once, however often it is asked for', () => {
  const applyGradients: unknown = Reflect.get(AdamOptimizer.prototype, 'applyGradients');
  fuseOptimizers();
  expect(Reflect.get(AdamOptimizer.prototype, 'applyGradients')).toBe(applyGradients);
});

it('an error of the kernel leaves values, states and the count of steps as they are', () => {
  registerKernel({
    kernelName,
    backendName: 'cpu',
    kernelFunc: () => {
      throw new RangeError('no memory');
    },
  });
  const x = variable(tensor1d([8]));
  const optimizer = train.adam(1);
  expect(() => optimizer.applyGradients([{ name: x.name, tensor: tensor1d([1]) }])).toThrow('no memory');
  expect([...x.dataSync(), optimizer.iterations]).toEqual([8, 0]);
});
