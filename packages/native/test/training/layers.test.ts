import {
  conv2d,
  engine,
  grad,
  grads,
  initializers,
  layers,
  memory,
  profile,
  type Scalar,
  type Sequential,
  sequential,
  setBackend,
  squaredDifference,
  sum,
  type Tensor,
  type Tensor4D,
  tensor,
  tidy,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { TRAINING_KERNELS } from 'tfjs-fused-training';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { relativeError } from '../../../../test/support/relative-error.js';
import { registerKernels } from '../../src/kernels/register-kernels.js';
import { noise } from '../support/convolutions.js';
import { onStockTraining } from '../support/stock-training.js';

/** Two float32 evaluations of one gradient, whose sums have up to 10⁴ terms in another order. */
const SAME_FORMULA = 1e-5;
/** Central differences in float32 with a step of 1e-2. */
const CENTRAL_DIFFERENCE = 2e-2;

type ConvolutionOptions = Parameters<typeof layers.conv2d>[0];
const ACTIVATIONS = ['linear', 'relu', 'relu6', 'swish', 'elu', 'sigmoid', 'tanh'] as const;

const CONVOLUTIONS: [x: number[], options: ConvolutionOptions][] = [
  [[2, 9, 7, 3], { filters: 8, kernelSize: 3, padding: 'same' }],
  [[2, 9, 7, 3], { filters: 5, kernelSize: [3, 2], padding: 'valid' }],
  [[3, 8, 8, 5], { filters: 12, kernelSize: 4, strides: 2, padding: 'same' }],
  [[1, 9, 8, 6], { filters: 16, kernelSize: 3, strides: 2, padding: 'same' }],
  [[2, 9, 9, 4], { filters: 9, kernelSize: 5, strides: [2, 1], padding: 'valid' }],
  [[2, 6, 7, 32], { filters: 32, kernelSize: 3, padding: 'same' }],
  [[2, 6, 7, 32], { filters: 16, kernelSize: 3, padding: 'same', useBias: false }],
  [[2, 3, 3, 16], { filters: 32, kernelSize: 3, padding: 'same' }],
  [[1, 5, 6, 40], { filters: 3, kernelSize: 1, padding: 'same' }],
  [[2, 8, 9, 32], { filters: 32, kernelSize: 5, padding: 'same' }],
  [[2, 7, 7, 3], { filters: 40, kernelSize: 7, padding: 'same', useBias: false }],
];

const SEED = 7;
const seeded = () =>
  initializers.varianceScaling({ scale: 2, mode: 'fanIn', distribution: 'normal', seed: SEED });

function modelOf(layer: Parameters<Sequential['add']>[0]): Sequential {
  return sequential({ layers: [layer] });
}

/** Value and gradients of Σ (f(x) − t)² with respect to x and the weights, which are there as long as the work. */
function gradients(model: Sequential, x: Tensor): number[][] {
  return tidy(() => {
    const weights = model.trainableWeights.map((weight) => weight.read() as Variable);
    const apply = (x: Tensor) => model.apply(x, { training: true }) as Tensor;
    const { shape } = apply(x);
    const target = tensor(noise(shape, 3.1), shape);
    const cost = (x: Tensor) => sum(squaredDifference(apply(x), target)) as Scalar;
    const grads = weights.length > 0 ? variableGrads(() => cost(x), weights).grads : {};
    const tensors = [cost(x), grad(cost)(x), ...weights.map(({ name }) => grads[name] as Tensor)];
    return tensors.map((each) => [...each.dataSync()]);
  });
}

function expectAsStock(model: Sequential, xShape: number[]): void {
  const x = tensor(noise(xShape, 1.7), xShape);
  const expected = onStockTraining(() => gradients(model, x));
  const got = gradients(model, x);
  expect(got).toHaveLength(expected.length);
  for (const [index, values] of got.entries()) {
    expect(relativeError(values, at(expected, index))).toBeLessThan(SAME_FORMULA);
  }
  x.dispose();
  model.dispose();
}

/** Names of the kernels that some work runs. */
async function kernelsOf(work: () => Tensor): Promise<string[]> {
  const { kernels } = await profile(() => tidy(work));
  return kernels.map(({ name }) => name);
}

await suiteOnBackend('layers', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(async () => {
      await setBackend('tensorflow');
      registerKernels('cpu');
    });

    for (const [x, options] of CONVOLUTIONS) {
      const { kernelSize, strides = 1, padding, filters, useBias = true } = options;
      const steps = `k=${[kernelSize].flat().join()} o=${filters} s=${[strides].flat().join()}`;
      const geometry = `x=[${x.join()}] ${steps} p=${padding} bias=${useBias}`;
      it.each(ACTIVATIONS)(
        `a convolution and %s give what the stock kernels give: ${geometry}`,
        (activation) => {
          const [kernelInitializer, biasInitializer] = [
            seeded(),
            initializers.randomNormal({ stddev: 0.3, seed: SEED }),
          ];
          const inputShape = x.slice(1);
          expectAsStock(
            modelOf(
              layers.conv2d({ ...options, activation, kernelInitializer, biasInitializer, inputShape }),
            ),
            x,
          );
        },
      );
    }

    it.each([
      ['dense', [5, 12], layers.dense({ units: 7, activation: 'swish', inputShape: [12] })],
      ['dense, of one unit', [5, 12], layers.dense({ units: 1, activation: 'sigmoid', inputShape: [12] })],
      [
        'dense, of sequences',
        [2, 3, 12],
        layers.dense({ units: 4, activation: 'relu', inputShape: [3, 12] }),
      ],
      [
        'conv2dTranspose',
        [2, 5, 6, 8],
        layers.conv2dTranspose({
          filters: 6,
          kernelSize: 4,
          strides: 2,
          padding: 'same',
          activation: 'swish',
          inputShape: [5, 6, 8],
        }),
      ],
      [
        'depthwiseConv2d',
        [2, 6, 6, 4],
        layers.depthwiseConv2d({
          kernelSize: 3,
          padding: 'same',
          activation: 'relu6',
          inputShape: [6, 6, 4],
        }),
      ],
      [
        'separableConv2d',
        [2, 6, 6, 4],
        layers.separableConv2d({
          filters: 5,
          kernelSize: 3,
          padding: 'same',
          activation: 'tanh',
          inputShape: [6, 6, 4],
        }),
      ],
      ['leakyReLU', [3, 40], layers.leakyReLU({ alpha: 0.2, inputShape: [40] })],
      ['reLU', [3, 40], layers.reLU({ inputShape: [40] })],
      ['elu', [3, 40], layers.elu({ inputShape: [40] })],
      ['activation', [3, 40], layers.activation({ activation: 'swish', inputShape: [40] })],
    ])('%s gives what the stock kernels give', (_name, x, layer) => {
      expectAsStock(modelOf(layer), x);
    });

    it('a dilated convolution outside of a gradient is left to TensorFlow.js', () => {
      const x = tensor(noise([1, 7, 7, 2], 1), [1, 7, 7, 2]);
      const model = modelOf(
        layers.conv2d({
          filters: 3,
          kernelSize: 3,
          dilationRate: 2,
          activation: 'swish',
          inputShape: [7, 7, 2],
        }),
      );
      const expected = onStockTraining(() => tidy(() => (model.predict(x) as Tensor).dataSync()));
      const got = tidy(() => (model.predict(x) as Tensor).dataSync());
      expect(relativeError(got, expected)).toBeLessThan(SAME_FORMULA);
      x.dispose();
      model.dispose();
    });

    it.each(ACTIVATIONS)('a dilated convolution and %s train, as plain operations do', (activation) => {
      const x = tensor(noise([2, 9, 7, 3], 1.7), [2, 9, 7, 3]);
      const options = { filters: 4, kernelSize: 3, inputShape: [9, 7, 3] };
      const both = {
        kernelInitializer: seeded(),
        biasInitializer: initializers.randomNormal({ seed: SEED }),
      };
      const layer = layers.conv2d({ ...options, ...both, dilationRate: [2, 1], activation });
      const model = modelOf(layer);
      const [filter, bias] = layer.getWeights() as [Tensor4D, Tensor];
      const plain = layers.activation({ activation });
      const got = gradients(model, x);
      const expected = tidy(() => {
        const apply = (x: Tensor, filter: Tensor, bias: Tensor) =>
          plain.apply(
            conv2d(x as Tensor4D, filter as Tensor4D, 1, 'valid', 'NHWC', [2, 1]).add(bias),
          ) as Tensor;
        const { shape } = apply(x, filter, bias);
        const target = tensor(noise(shape, 3.1), shape);
        const cost = (...given: [Tensor, Tensor, Tensor]) => sum(squaredDifference(apply(...given), target));
        const slopes = grads(cost as never)([x, filter, bias] as never) as Tensor[];
        return [cost(x, filter, bias), ...slopes].map((each) => [...each.dataSync()]);
      });
      expect(got).toHaveLength(expected.length);
      for (const [index, values] of got.entries()) {
        expect(relativeError(values, at(expected, index))).toBeLessThan(SAME_FORMULA);
      }
      x.dispose();
      model.dispose();
    });

    it('depthwise and separable layers run the stock sums, and bias and activation as one operation each way', async () => {
      for (const make of [layers.depthwiseConv2d, layers.separableConv2d] as const) {
        const model = modelOf(
          make({ filters: 3, kernelSize: 3, activation: 'relu', inputShape: [6, 6, 3] } as never),
        );
        const x = tensor(noise([2, 6, 6, 3], 1), [2, 6, 6, 3]);
        const weights = model.trainableWeights.map((weight) => weight.read() as Variable);
        const kernels = await kernelsOf(
          () => variableGrads(() => sum(model.apply(x, { training: true }) as Tensor), weights).value,
        );
        const count = (kernel: string) => kernels.filter((each) => each === kernel).length;
        expect(count('DepthwiseConv2dNative')).toBe(1);
        expect(count('DepthwiseConv2dNativeBackpropFilter')).toBe(1);
        expect(count('DepthwiseConv2dNativeBackpropInput')).toBe(0); // x is data
        expect(count(TRAINING_KERNELS.activation)).toBe(1);
        expect(count(TRAINING_KERNELS.activationGradient)).toBe(1);
        expect(kernels.filter((each) => /Relu|Add|Step/.test(each))).toEqual([]);
        x.dispose();
        model.dispose();
      }
    });

    it('gradients agree with central differences: x=[1,4,5,3] k=3 o=4 swish', () => {
      const options = { filters: 4, kernelSize: 3, padding: 'same', activation: 'swish' } as const;
      const model = modelOf(
        layers.conv2d({ ...options, kernelInitializer: seeded(), inputShape: [4, 5, 3] }),
      );
      const x = tensor(noise([1, 4, 5, 3], 1.7), [1, 4, 5, 3]);
      const [, dx] = gradients(model, x) as [number[], number[]];
      const costAt = (index: number, step: number) =>
        tidy(() => {
          const values = x.dataSync().slice();
          values[index] = at(values, index) + step;
          return at(at(gradients(model, tensor(values, x.shape)), 0), 0);
        });
      const step = 1e-2;
      const differences = dx.map((_, index) => (costAt(index, step) - costAt(index, -step)) / (2 * step));
      expect(relativeError(dx, differences)).toBeLessThan(CENTRAL_DIFFERENCE);
      x.dispose();
      model.dispose();
    });

    it('gradients of a gradient agree with the stock ones', () => {
      const model = modelOf(
        layers.conv2d({ filters: 4, kernelSize: 3, activation: 'swish', inputShape: [5, 5, 2] }),
      );
      const x = tensor(noise([2, 5, 5, 2], 1.7), [2, 5, 5, 2]);
      const penalty = () =>
        tidy(() => {
          const slope = (x: Tensor) => grad((x: Tensor) => sum(model.apply(x) as Tensor))(x);
          return [...grad((x: Tensor) => sum(squaredDifference(slope(x), 1)))(x).dataSync()];
        });
      const expected = onStockTraining(penalty);
      expect(relativeError(penalty(), expected)).toBeLessThan(SAME_FORMULA);
      x.dispose();
      model.dispose();
    });

    it('the gradient of the images is not computed, nor that of a frozen filter', async () => {
      const conv = (trainable: boolean, inputShape?: number[]) =>
        layers.conv2d({
          filters: 8,
          kernelSize: 3,
          activation: 'relu',
          trainable,
          ...(inputShape && { inputShape }),
        });
      const model = sequential({ layers: [conv(true, [9, 9, 3]), conv(false)] });
      const x = tensor(noise([2, 9, 9, 3], 1), [2, 9, 9, 3]);
      const weights = model.trainableWeights.map((weight) => weight.read() as Variable);
      const kernels = await kernelsOf(() => {
        const { value } = variableGrads(() => sum(model.apply(x, { training: true }) as Tensor), weights);
        return value;
      });
      const count = (kernel: string) => kernels.filter((each) => each === kernel).length;
      expect(count(TRAINING_KERNELS.convolve)).toBe(2);
      expect(count('Conv2DBackpropInput')).toBe(1);
      expect(count('Conv2DBackpropFilter')).toBe(1);
      x.dispose();
      model.dispose();
    });

    it('an activation of a user under a known name keeps its own function', () => {
      const model = modelOf(layers.dense({ units: 3, activation: 'swish', inputShape: [2] }));
      const x = tensor([[1, 2]]);
      const activation = Reflect.get(at(model.layers, 0), 'activation') as object;
      const own = Object.getPrototypeOf(activation) as { apply(x: Tensor): Tensor };
      expect(own.apply.call(activation, x).shape).toEqual([1, 2]);
      x.dispose();
      model.dispose();
    });

    it('leave no tensor behind', () => {
      const model = modelOf(
        layers.conv2d({ filters: 8, kernelSize: 3, activation: 'swish', inputShape: [6, 6, 3] }),
      );
      const x = tensor(noise([2, 6, 6, 3], 1), [2, 6, 6, 3]);
      gradients(model, x);
      (model.predict(x) as Tensor).dispose();
      const { numTensors } = memory();
      const dataIds = engine().backend.numDataIds();
      gradients(model, x);
      (model.predict(x) as Tensor).dispose();
      expect(memory().numTensors).toBe(numTensors);
      expect(engine().backend.numDataIds()).toBe(dataIds);
    });
  });
});
