import { add, conv2d, pad, relu, type Tensor4D, tensor1d, tensor4d, transpose } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { describeOnBackends, expectNoLeak } from '../../../../test/support/backend.js';
import { expectGradient, gradientOf } from '../../../../test/support/gradient.js';
import { randomTensor, randomValues, relativeError } from '../../../../test/support/numbers.js';
import { type ConvGeometry, ConvReluWeights, convRelu } from '../../src/operations/conv-relu.js';

/** Two float32 evaluations of one convolution. */
const SAME_FORMULA = 1e-6;

function seededConvolution(geometry: ConvGeometry): {
  weights: ConvReluWeights;
  stock: (x: Tensor4D) => Tensor4D;
} {
  const { in: channelsIn, out, kernel, stride, padding } = geometry;
  const size = out * channelsIn * kernel * kernel;
  const data = randomValues(size, 3);
  const bias = randomValues(out, 4);
  const weights = new ConvReluWeights(
    geometry,
    { shape: [out, channelsIn, kernel, kernel], data },
    { shape: [out], data: bias },
  );
  const stock = (x: Tensor4D): Tensor4D => {
    const filter: Tensor4D = transpose(tensor4d(data, [out, channelsIn, kernel, kernel]), [2, 3, 1, 0]);
    const side: [number, number] = [padding, padding];
    const padded = pad(x, [[0, 0], side, side, [0, 0]]);
    return relu(add(conv2d(padded, filter, stride, 'valid'), tensor1d(bias)));
  };
  return { weights, stock };
}

const geometries: [shape: [number, number, number, number], geometry: ConvGeometry][] = [
  [[2, 5, 6, 2], { in: 2, out: 3, kernel: 3, stride: 1, padding: 1 }],
  [[1, 4, 4, 3], { in: 3, out: 2, kernel: 1, stride: 1, padding: 0 }],
  [[1, 6, 5, 2], { in: 2, out: 2, kernel: 5, stride: 1, padding: 2 }],
  [[1, 5, 5, 2], { in: 2, out: 2, kernel: 3, stride: 1, padding: 0 }],
  [[2, 7, 8, 3], { in: 3, out: 2, kernel: 3, stride: 2, padding: 0 }],
  [[1, 9, 10, 1], { in: 1, out: 2, kernel: 4, stride: 3, padding: 1 }],
  [[1, 11, 12, 3], { in: 3, out: 2, kernel: 11, stride: 4, padding: 2 }],
  [[1, 13, 14, 3], { in: 3, out: 2, kernel: 11, stride: 4, padding: 2 }],
];

describeOnBackends('convRelu', ['wasm', 'cpu'], () => {
  it('is relu(Σ x·w + b), worked by hand: x=[1,1,3,1] f=[1,1,1,1] w=2 b=-1', () => {
    const weights = new ConvReluWeights(
      { in: 1, out: 1, kernel: 1, stride: 1, padding: 0 },
      { shape: [1, 1, 1, 1], data: Float32Array.of(2) },
      { shape: [1], data: Float32Array.of(-1) },
    );
    const x = tensor4d([-1, 0.5, 2], [1, 1, 3, 1]);
    expect([...convRelu(x, weights).dataSync()]).toEqual([0, 0, 3]);
    // 0.5 lies exactly where relu bends: its gradient is 0 by convention.
    expect(gradientOf((x) => convRelu(x, weights), x, [1, 1, 1])).toEqual([0, 0, 2]);
  });

  for (const [shape, geometry] of geometries) {
    const { in: channelsIn, out, kernel, stride, padding } = geometry;
    const title = `x=[${shape.join()}] f=[${kernel},${kernel},${channelsIn},${out}] s=${stride} p=${padding}`;

    it(`agrees with stock operations, forward and gradient: ${title}`, () => {
      const { weights, stock } = seededConvolution(geometry);
      const x = randomTensor(shape, 5);
      expect(relativeError(convRelu(x, weights).dataSync(), stock(x).dataSync())).toBeLessThan(SAME_FORMULA);
      expectGradient((x) => convRelu(x, weights), x, stock);
      weights.dispose();
    });
  }

  it('leaves no tensor behind, forward and gradient', () => {
    const { weights } = seededConvolution({ in: 2, out: 3, kernel: 3, stride: 2, padding: 1 });
    const x = randomTensor([1, 8, 8, 2], 6);
    expectNoLeak(() => {
      convRelu(x, weights).dispose();
      gradientOf((x) => convRelu(x, weights), x, randomValues(4 * 4 * 3, 7));
    });
  });
});

describe('ConvReluWeights', () => {
  it('makes the rotated kernels at the first gradient and disposes all', () => {
    const { weights } = seededConvolution({ in: 3, out: 4, kernel: 11, stride: 4, padding: 2 });
    expect(weights.gradientFilter.shape).toEqual([3, 3, 4, 48]);
    expect(weights.gradientFilter).toBe(weights.gradientFilter);
    weights.dispose();
    expect(weights.filter.isDisposed && weights.bias.isDisposed).toBe(true);
  });
});
