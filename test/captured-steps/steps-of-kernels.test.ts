/**
 * Steps that are captured as a list of kernels: what becomes of tensors that share data, of kernels that are made of others, and
 * of a kernel that fails.
 */
import {
  add,
  avgPool3d,
  concat,
  conv3d,
  dispose,
  engine,
  gather,
  grad,
  matMul,
  maxPool3d,
  memory,
  mul,
  multinomial,
  neg,
  ones,
  randomNormal,
  reshape,
  type Scalar,
  scalar,
  split,
  square,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor5D,
  tensor1d,
  tidy,
  train,
  transpose,
  unsortedSegmentSum,
  variable,
} from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { selectBackend } from 'lpips-node';
import { beforeAll, expect, it } from 'vitest';
import { captureStep } from '../../packages/training/src/index.js';
import { registerWasmKernels, unregisterWasmKernels } from '../../packages/wasm-kernels/src/index.js';
import { takeValue } from '../support/training-steps.js';

/** The first two calls are recorded. */
const [CALLS, RECORDED] = [6, 2];

beforeAll(async () => {
  await selectBackend('wasm');
});

/** Captures a step that must not be refused. */
function captured<Given extends unknown[], Result>(step: (...given: Given) => Result) {
  return captureStep(step, {
    onWarning: (message) => {
      throw new Error(message);
    },
  });
}

/** Calls a captured step beside the same step as it is, with other numbers each time. */
function compare(step: (x: Tensor) => Tensor | Tensor[], shape: number[]): void {
  const { numTensors, numDataBuffers } = memory();
  const run = captured(step);
  for (let i = 0; i < CALLS; i++) {
    const x = randomNormal(shape, 0, 1, 'float32', i + 1);
    const [got, expected] = [run(x), tidy(() => step(x))].map((result) => [result].flat());
    const describe = (tensors: Tensor[] = []) =>
      tensors.map((each) => ({ shape: each.shape, dtype: each.dtype, values: each.dataSync() }));
    expect(describe(got)).toEqual(describe(expected));
    dispose([x, ...(got ?? []), ...(expected ?? [])]);
  }
  expect(run.replays).toBe(CALLS - RECORDED);
  run.dispose();
  expect(memory()).toMatchObject({ numTensors, numDataBuffers });
}

const STEPS: Record<string, { readonly shape: number[]; readonly step: (x: Tensor) => Tensor | Tensor[] }> = {
  'gives its result in another shape': { shape: [2, 6], step: (x) => reshape(neg(x), [3, 4]) },
  'gives one result in two shapes': {
    shape: [2, 6],
    step: (x) => {
      const y = neg(x);
      return [reshape(y, [12]), reshape(y, [3, 4]), y];
    },
  },
  'gives numbers of its own': { shape: [3], step: (x) => [scalar(7), reshape(scalar(8), [1, 1]), add(x, 1)] },
  'takes one tensor twice': { shape: [3], step: (x) => concat([x as Tensor1D, x as Tensor1D]) },
  'uses one of several results': { shape: [4, 6], step: (x) => neg(split(x as Tensor2D, 3, 1)[1] as Tensor) },
  'makes what it does not use': {
    shape: [4],
    step: (x) => {
      square(neg(x));
      return add(x, x);
    },
  },
  'gathers by numbers of its own': { shape: [5, 2], step: (x) => gather(x, tensor1d([4, 0, 0], 'int32')) },
  'draws with a fixed seed': { shape: [4], step: (x) => multinomial(x as Tensor1D, 8, 3) },
  'runs kernels that are made of others': {
    shape: [4, 3],
    step: (x) => unsortedSegmentSum(x, tensor1d([1, 0, 1, 1], 'int32'), 2),
  },
  'pools volumes, with the gradient': {
    shape: [1, 4, 6, 6, 2],
    step: grad((x) => maxPool3d(x as Tensor5D, 2, 2, 'same')) as (x: Tensor) => Tensor,
  },
  'folds volumes, with the gradient': {
    shape: [1, 3, 5, 5, 2],
    step: grad((x) => conv3d(x as Tensor5D, ones([2, 2, 2, 2, 3]) as Tensor5D, 1, 'same')) as (
      x: Tensor,
    ) => Tensor,
  },
  'convolves and pools volumes of which windows leave pixels out': {
    shape: [1, 7, 7, 7, 2],
    step: (x) => [
      conv3d(x as Tensor5D, ones([1, 1, 1, 2, 3]) as Tensor5D, 3, 'same'),
      avgPool3d(x as Tensor5D, 1, 2, 'same'),
    ],
  },
  'multiplies matrices, with both gradients': {
    shape: [2, 3, 4],
    step: grad((x) => matMul(x, square(x), false, true)) as (x: Tensor) => Tensor,
  },
  'transposes in a gradient': { shape: [3, 4], step: grad((x) => mul(transpose(x), transpose(x))) },
};

it.each(Object.entries(STEPS))('%s', (_, { step, shape }) => compare(step, shape));

it('releases each result as soon as no kernel takes it', () => {
  const side = 256; // 256 kB a tensor
  const x = randomNormal([side, side], 0, 1, 'float32', 1);
  const run = captured((of: Tensor) => {
    let y = of;
    for (let i = 0; i < 20; i++) y = add(mul(y, 1.5), y);
    return y;
  });
  const most = mostDataDuring(() => dispose(run(x)));
  dispose([run(x), run(x)]);
  expect(run.replays).toBeGreaterThan(0);
  expect(most).toBeGreaterThan(20);
  expect(mostDataDuring(() => dispose(run(x)))).toBeLessThan(6);
  run.dispose();
});

it('without the kernels of tfjs-wasm-kernels, whose import hooks the optimisers, a step runs as it is', () => {
  unregisterWasmKernels();
  try {
    const w = variable(scalar(3));
    const optimizer = train.adam(0.25);
    const run = captured((x: Tensor) => optimizer.minimize(() => sum(square(mul(w, x))), true) as Scalar);
    for (let i = 0; i < 4; i++) dispose(run(scalar(i)));
    expect(run.replays).toBe(0);
  } finally {
    registerWasmKernels();
  }
});

it('a kernel that fails: nothing stays, and the next call goes on', () => {
  const w = variable(scalar(3));
  const optimizer = train.sgd(0.25);
  const run = captured((x: Tensor) => optimizer.minimize(() => sum(square(mul(w, neg(x)))), true) as Scalar);
  const x = tensor1d([1, 0]);
  for (let i = 0; i < 4; i++) dispose(run(x));
  const backend = engine().backend as BackendWasm;
  const [tensors, data, before] = [memory().numTensors, backend.numDataIds(), w.dataSync()[0]];
  const makeOutput = backend.makeOutput.bind(backend);
  let outputs = 0;
  backend.makeOutput = (...given) => {
    if (++outputs === 3) throw new Error('no memory');
    return makeOutput(...given);
  };
  try {
    expect(() => run(x)).toThrow('no memory');
  } finally {
    Reflect.deleteProperty(backend, 'makeOutput');
  }
  expect([memory().numTensors, backend.numDataIds(), w.dataSync()[0]]).toEqual([tensors, data, before]);
  const replays = run.replays;
  expect(takeValue(run(x))).toBeCloseTo((before ?? 0) ** 2);
  expect([run.replays, w.dataSync()[0]]).toEqual([replays + 1, (before ?? 0) / 2]);
  run.dispose();
});

/** Most data that the backend holds at once during some work, beyond what it holds before. */
function mostDataDuring(work: () => void): number {
  const backend = engine().backend as BackendWasm;
  const before = backend.numDataIds();
  const makeOutput = backend.makeOutput.bind(backend);
  let most = 0;
  backend.makeOutput = (...given) => {
    const output = makeOutput(...given);
    most = Math.max(most, backend.numDataIds() - before);
    return output;
  };
  try {
    work();
  } finally {
    Reflect.deleteProperty(backend, 'makeOutput');
  }
  return most;
}
