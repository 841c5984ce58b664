/**
 * A convolution with bias and activation as one kernel against the same steps one by one.
 */
import '../../src/index.js';
import {
  add,
  conv2d,
  elu,
  engine,
  leakyRelu,
  mul,
  ready,
  relu,
  relu6,
  setBackend,
  sigmoid,
  type Tensor,
  type Tensor4D,
  tanh,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs';
import { TRAINING_KERNELS } from 'tfjs-fused-training';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomTensor, randomValues, relativeError } from '../../../../test/support/numbers.js';
import { expectNoLeak, SAME_SUM } from '../support/backends.js';

const activations: Record<string, (x: Tensor) => Tensor> = {
  linear: (x) => x,
  relu,
  relu6,
  swish: (x) => mul(x, sigmoid(x)),
  elu,
  leakyRelu: (x) => leakyRelu(x, 0.3),
  sigmoid,
  tanh,
};

interface Convolution {
  readonly x: [number, number, number, number];
  readonly filter: [number, number, number, number];
  readonly strides?: [number, number];
  readonly dilations?: [number, number];
  readonly pad: 'same' | 'valid' | number;
}

const convolutions: Convolution[] = [
  { x: [2, 9, 8, 8], filter: [3, 3, 8, 12], pad: 'same' },
  { x: [1, 8, 8, 3], filter: [4, 4, 3, 5], strides: [2, 2], pad: 'same' },
  { x: [2, 7, 9, 4], filter: [3, 2, 4, 6], strides: [2, 1], pad: 'valid' },
  { x: [1, 9, 9, 2], filter: [3, 3, 2, 3], dilations: [2, 1], pad: 1 },
];

const titleOf = ({ x, filter, strides = [1, 1], dilations = [1, 1], pad }: Convolution) =>
  `x=[${x.join()}] f=[${filter.join()}] s=${strides.join()} d=${dilations.join()} p=${pad}`;

beforeAll(async () => {
  await setBackend('wasm');
  await ready();
});

describe.each(convolutions.map((convolution) => ({ name: titleOf(convolution), convolution })))(
  'a fused convolution $name',
  ({ convolution }) => {
    const { strides = [1, 1], dilations = [1, 1], pad } = convolution;
    const operands = () => ({
      x: randomTensor(convolution.x, 1, -2, 2),
      filter: randomTensor(convolution.filter, 2, -2, 2),
      bias: tensor1d(randomValues(convolution.filter[3], 3)),
    });

    const fused = (activation: string, hasBias: boolean, keepsSums: boolean): Tensor[] => {
      const { bias, ...inputs } = operands();
      return engine().runKernel<Tensor[]>(
        TRAINING_KERNELS.convolve,
        { ...inputs, ...(hasBias && { bias }) },
        { strides, pad, dilations, activation, alpha: activation === 'leakyRelu' ? 0.3 : 0, keepsSums },
      );
    };

    for (const [activation, activate] of Object.entries(activations)) {
      it.each([
        [true, true],
        [true, false],
        [false, true],
        [false, false],
      ])(`gives ${activation} of the sums: bias=%s keepsSums=%s`, (hasBias, keepsSums) => {
        tidy(() => {
          const { x, filter, bias } = operands();
          const product: Tensor = conv2d(x, filter, strides, pad, 'NHWC', dilations);
          const sums = hasBias ? add(product, bias) : product;
          const expected = [activate(sums), ...(keepsSums ? [sums] : [])];
          const actual = fused(activation, hasBias, keepsSums);
          expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
          for (const [index, result] of actual.entries()) {
            const values = (expected[index] as Tensor).dataSync();
            expect(relativeError(result.dataSync(), values)).toBeLessThan(SAME_SUM);
          }
        });
      });
    }

    it('leaves no tensor behind', async () => {
      await expectNoLeak(() => tidy(() => (fused('swish', true, true) as [Tensor4D, Tensor4D])[1]));
      await expectNoLeak(() => tidy(() => fused('tanh', true, false)[0] as Tensor));
    });
  },
);
