/**
 * @module
 * The tests of `fusedConv2d` of tfjs-fused-training, which every backend with its kernels must pass: it is compared with
 * `tf.fused.conv2d`, which takes its steps apart where a gradient is asked for.
 */
import {
  engine,
  fused,
  grad,
  grads,
  memory,
  type Tensor,
  type Tensor1D,
  type Tensor3D,
  type Tensor4D,
  tensor,
  tidy,
} from '@tensorflow/tfjs';
import { type FusedConv2dOptions, fusedConv2d } from 'tfjs-fused-training';
import { expect, it, vi } from 'vitest';
import { randomValues, relativeError, sizeOf } from './numbers.js';

/** Two float32 evaluations of one sum over a batch. */
const SAME_FORMULA = 5e-6;
const random = (shape: number[], seed: number) => tensor(randomValues(sizeOf(shape), seed), shape);

type FourSides = [number, number, number, number];
type Case = [x: FourSides, filter: FourSides, strides: number | [number, number], pad: 'same' | 'valid'];

const CASES: Case[] = [
  [[2, 7, 9, 3], [3, 3, 3, 8], 1, 'same'],
  [[1, 8, 8, 4], [4, 4, 4, 5], 2, 'same'],
  [[2, 7, 6, 2], [3, 2, 2, 6], [2, 1], 'valid'],
];
const ACTIVATIONS = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'] as const;

type Convolve = (options: FusedConv2dOptions) => Tensor4D;

/** The value and the gradients with respect to x, the filter and the bias, under a dy that is not constant. */
function results(
  convolve: Convolve,
  [x, filter, strides, pad]: Case,
  activation: (typeof ACTIVATIONS)[number],
) {
  return tidy(() => {
    const of = (operands: Tensor[]) => {
      const [image, weights, bias] = operands as [Tensor4D, Tensor4D, Tensor1D];
      return convolve({ x: image, filter: weights, bias, strides, pad, activation, leakyreluAlpha: 0.3 });
    };
    const operands = [random(x, 1), random(filter, 2), random([filter[3]], 3)];
    const y = of(operands);
    const slopes = grads((...given: Tensor[]) => of(given))(operands, random(y.shape, 4));
    return [y, ...slopes].map((each) => [...each.dataSync()]) as never;
  }) as number[][];
}

/** Registers the tests, on the backend that is current when they run. */
export function fusedConv2dTests(): void {
  it.each(CASES.flatMap((each) => ACTIVATIONS.map((activation) => [...each, activation] as const)))(
    'agrees with tf.fused.conv2d: x=%j f=%j s=%j p=%s %s',
    (x, filter, strides, pad, activation) => {
      const expected = results(fused.conv2d, [x, filter, strides, pad], activation);
      for (const [index, values] of results(fusedConv2d, [x, filter, strides, pad], activation).entries()) {
        expect(relativeError(values, expected[index] ?? [])).toBeLessThan(SAME_FORMULA);
      }
    },
  );

  it('is one operation under a gradient, and computes no other gradient than the one that is asked for', () => {
    tidy(() => {
      const [x, filter, bias] = [random([1, 6, 6, 3], 1), random([3, 3, 3, 8], 2), random([8], 3)] as [
        Tensor4D,
        Tensor4D,
        Tensor1D,
      ];
      const run = vi.spyOn(engine(), 'runKernel');
      grad((weights: Tensor) =>
        fusedConv2d({ x, filter: weights as Tensor4D, bias, strides: 1, pad: 'same', activation: 'relu' }),
      )(filter);
      const names = run.mock.calls.map(([name]) => name);
      run.mockRestore();
      expect(names.filter((name) => /Conv|Relu|Add$/.test(name))).toEqual([
        'FusedConvolve@1',
        'Conv2DBackpropFilter',
      ]);
    });
  });

  it('leaves to TensorFlow.js what the kernels do not know', () => {
    tidy(() => {
      const [x, filter] = [random([1, 6, 6, 3], 1) as Tensor4D, random([3, 3, 3, 8], 2) as Tensor4D];
      const preluActivationWeights = random([8], 3);
      const unknown: Partial<FusedConv2dOptions>[] = [
        { activation: 'prelu', preluActivationWeights },
        { dilations: 2 },
      ];
      for (const rest of unknown) {
        const options: FusedConv2dOptions = { x, filter, strides: 1, pad: 'valid', ...rest };
        expect(fusedConv2d(options).dataSync()).toEqual(fused.conv2d(options).dataSync());
      }
      const image = random([6, 6, 3], 1) as Tensor3D;
      expect(fusedConv2d({ x: image, filter, strides: 1, pad: 'same' }).shape).toEqual([6, 6, 8]);
    });
  });

  it('leaves no tensor behind', () => {
    const { numTensors } = memory();
    results(fusedConv2d, CASES[0] as Case, 'elu');
    expect(memory().numTensors).toBe(numTensors);
  });
}
