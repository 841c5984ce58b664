/**
 * Gradients of dilated convolutions through TensorFlow.js's operations and layers, which refuse them on other backends.
 */
import {
  conv2d,
  depthwiseConv2d,
  grad,
  grads,
  layers,
  ready,
  sequential,
  setBackend,
  type Tensor,
  type Tensor4D,
  tensor4d,
} from '@tensorflow/tfjs';
import { afterEach, describe, expect, it } from 'vitest';
import { randomValues, relativeError } from '../../../test/support/numbers.js';
import { registerWasmKernels, unregisterWasmKernels } from '../src/index.js';
import { SAME_SUM, valuesOn } from './support/backends.js';
import {
  type Convolution,
  filterGradientWitness,
  inputGradientWitness,
  inputsOfFilterGradient,
  inputsOfInputGradient,
} from './support/convolutions.js';

const convolution = {
  x: [2, 7, 6, 2],
  filter: [3, 2, 2, 2],
  strides: 1,
  dilations: [2, 3],
  pad: 'same',
} satisfies Omit<Convolution, 'kind'>;

/** dx and dw as the tape gives them. */
function gradients(kind: Convolution['kind']): [Tensor, Tensor] {
  const { x, dy } = inputsOfFilterGradient({ ...convolution, kind });
  const { filter } = inputsOfInputGradient({ ...convolution, kind });
  const operation = kind === 'full' ? conv2d : depthwiseConv2d;
  const [dx, dw] = grads((x: Tensor, filter: Tensor) =>
    operation(x as Tensor4D, filter as Tensor4D, 1, 'same', 'NHWC', [2, 3]),
  )([x as Tensor, filter as Tensor], dy);
  return [dx as Tensor, dw as Tensor];
}

describe('gradients of dilated convolutions', () => {
  afterEach(registerWasmKernels);

  it.each(['full', 'depthwise'] as const)(
    'pass through a %s convolution: x=[2,7,6,2] d=2,3',
    async (kind) => {
      const witnesses = [inputGradientWitness, filterGradientWitness];
      for (const [index, witness] of witnesses.entries()) {
        const expected = await valuesOn('cpu', () => witness({ ...convolution, kind }));
        const actual = await valuesOn('wasm', () => gradients(kind)[index] as Tensor);
        expect(relativeError(actual.values, expected.values)).toBeLessThan(SAME_SUM);
      }
    },
  );

  it('pass through the gradient of a convolution: a convolution is linear in its input', async () => {
    await setBackend('wasm');
    await ready();
    const filter = tensor4d(randomValues(18, 2), [3, 3, 1, 2]);
    const [x, v] = [1, 3].map((seed) => tensor4d(randomValues(49, seed), [1, 7, 7, 1])) as [
      Tensor4D,
      Tensor4D,
    ];
    const dy = tensor4d(randomValues(98, 4), [1, 7, 7, 2]);
    const y = (x: Tensor4D) => conv2d(x, filter, 1, 'same', 'NHWC', 2);
    // <v, dx(dy)> seen as a function of dy has the gradient y(v).
    const ofGradient = grad((dy: Tensor) =>
      grad((x: Tensor) => y(x as Tensor4D))(x, dy)
        .mul(v)
        .sum(),
    )(dy);
    expect(relativeError(ofGradient.dataSync(), y(v).dataSync())).toBeLessThan(SAME_SUM);
  });

  it.each([
    [
      'conv2d relu',
      () =>
        layers.conv2d({ filters: 2, kernelSize: 2, dilationRate: 2, padding: 'same', activation: 'relu' }),
    ],
    [
      'conv2d swish, which TensorFlow.js fuses and then refuses',
      () =>
        layers.conv2d({ filters: 2, kernelSize: 2, dilationRate: 2, padding: 'same', activation: 'swish' }),
    ],
    [
      'conv2d without an activation or a bias',
      () =>
        layers.conv2d({ filters: 2, kernelSize: 2, dilationRate: [1, 2], padding: 'same', useBias: false }),
    ],
    [
      'depthwiseConv2d',
      () => layers.depthwiseConv2d({ kernelSize: 2, dilationRate: [2, 2], padding: 'same' }),
    ],
  ])('train a layer: %s', async (_, layer) => {
    await setBackend('wasm');
    await ready();
    const model = sequential();
    model.add(layers.dense({ units: 2, inputShape: [6, 6, 2] }));
    model.add(layer());
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const x = tensor4d(randomValues(144, 1), [2, 6, 6, 2]);
    const y = tensor4d(randomValues(144, 2), [2, 6, 6, 2]);
    const { history } = await model.fit(x, y, { epochs: 20, verbose: 0 });
    const [first, ...later] = history['loss'] as [number, ...number[]];
    expect(later.at(-1)).toBeLessThan(first);
  });

  it('are refused as before on other backends, and on WASM once unregistered', async () => {
    const refusal = 'dilation rates greater than 1 are not yet supported';
    await setBackend('cpu');
    expect(() => gradients('full')).toThrow(refusal);
    expect(() => gradients('depthwise')).toThrow(refusal);
    await setBackend('wasm');
    unregisterWasmKernels();
    expect(() => gradients('full')).toThrow(refusal);
    registerWasmKernels();
    expect(() => gradients('full')).not.toThrow();
  });
});
