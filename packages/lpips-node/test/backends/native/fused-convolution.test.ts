import {
  add,
  conv2d,
  engine,
  FusedConv2D,
  fused,
  memory,
  relu,
  setBackend,
  type Tensor,
  type Tensor4D,
  tensor1d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { selectBackend } from 'lpips-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../support/backends.js';

/** Two float32 evaluations of one convolution. */
const SAME_FORMULA = 1e-6;

type Shape = [number, number, number, number];

/** Batches and single images, few channels and many, each way through the two libraries. */
const CASES: [x: Shape, filter: Shape, stride: number, pad: 'same' | 'valid'][] = [
  [[2, 7, 9, 3], [3, 3, 3, 8], 1, 'same'],
  [[1, 7, 9, 3], [3, 3, 3, 8], 1, 'same'],
  [[3, 15, 13, 3], [11, 11, 3, 16], 4, 'valid'],
  [[2, 6, 5, 256], [3, 3, 256, 32], 1, 'same'],
  [[1, 6, 5, 256], [3, 3, 256, 32], 1, 'same'],
  [[1, 4, 4, 20], [1, 1, 20, 1], 1, 'valid'],
];

function wave(shape: number[], step: number): Float32Array {
  const size = shape.reduce((product, side) => product * side, 1);
  return Float32Array.from({ length: size }, (_, i) => Math.sin(i * step));
}

/** relu(x * filter + bias) by the kernel that the metric runs. */
function convolve(
  x: Tensor4D,
  filter: Tensor4D,
  stride: number,
  pad: string,
  constantFilter = false,
): number[] {
  return tidy(() => {
    const bias = tensor1d(wave([filter.shape[3]], 0.1));
    const attributes = { strides: [stride, stride], pad, dataFormat: 'NHWC', dilations: [1, 1] };
    const y = engine().runKernel<Tensor>(
      FusedConv2D,
      { x, filter, bias },
      { ...attributes, activation: 'relu', constantFilter },
    );
    return [...y.dataSync()];
  }) as number[];
}

function relativeError(values: readonly number[], expected: readonly number[]): number {
  const norm = (list: readonly number[]) => Math.hypot(...list);
  return norm(values.map((value, i) => value - (expected[i] ?? Number.NaN))) / norm(expected);
}

await suiteOnBackend('convolutions as one operation', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(async () => {
      await selectBackend('tensorflow');
    });

    it.each(CASES)('agree with WASM: x=%j f=%j s=%i p=%s', async (xShape, filterShape, stride, pad) => {
      const [xValues, filterValues] = [wave(xShape, 0.7), wave(filterShape, 1.3)];
      await setBackend('wasm');
      const expected = tidy(() => {
        const y = conv2d(tensor4d(xValues, xShape), tensor4d(filterValues, filterShape), stride, pad);
        return [...relu(add(y, tensor1d(wave([filterShape[3]], 0.1)))).dataSync()];
      }) as number[];
      await setBackend('tensorflow');
      const [x, filter] = [tensor4d(xValues, xShape), tensor4d(filterValues, filterShape)];
      for (const constantFilter of [false, true, true]) {
        expect(relativeError(convolve(x, filter, stride, pad, constantFilter), expected)).toBeLessThan(
          SAME_FORMULA,
        );
      }
    });

    it('keep constant filters of one shape apart, at every size of image', () => {
      const filters = [0.4, 0.9].map((step) => tensor4d(wave([3, 3, 4, 6], step), [3, 3, 4, 6]));
      for (const side of [5, 12, 5, 31]) {
        const x = tensor4d(wave([2, side, side, 4], 0.3), [2, side, side, 4]);
        for (const filter of filters) {
          const expected = convolve(x, filter, 1, 'same');
          expect(relativeError(convolve(x, filter, 1, 'same', true), expected)).toBeLessThan(SAME_FORMULA);
        }
      }
    });

    it('are one operation of TensorFlow where the binding takes lists, as the installed one does', () => {
      const operations: string[] = [];
      const backend = engine().backend as unknown;
      expect(backend).toHaveProperty('executeSingleOutput');
      const native = backend as { executeSingleOutput(name: string, ...rest: unknown[]): unknown };
      const run = native.executeSingleOutput.bind(native);
      native.executeSingleOutput = (name, ...rest) => {
        operations.push(name);
        return run(name, ...rest);
      };
      const x = tensor4d(wave([2, 6, 6, 8], 0.7), [2, 6, 6, 8]);
      convolve(x, tensor4d(wave([3, 3, 8, 8], 1.3), [3, 3, 8, 8]), 1, 'same', true);
      native.executeSingleOutput = run;
      expect(operations).toHaveLength(1);
      expect(operations[0]).toMatch(/FusedConv2D$/);
    });

    it('leave other convolutions to the stock kernel: dilation, other activations', () => {
      const x = tensor4d(wave([1, 8, 8, 3], 0.7), [1, 8, 8, 3]);
      const filter = tensor4d(wave([3, 3, 3, 4], 1.3), [3, 3, 3, 4]);
      const dilated = fused.conv2d({ x, filter, strides: 1, pad: 'same', dilations: 2, activation: 'relu' });
      expect(
        relativeError([...dilated.dataSync()], [...relu(conv2d(x, filter, 1, 'same', 'NHWC', 2)).dataSync()]),
      ).toBe(0);
      const elu = fused.conv2d({ x, filter, strides: 1, pad: 'same', activation: 'elu' });
      expect(Math.min(...elu.dataSync())).toBeGreaterThanOrEqual(-1);
      expect(Math.min(...elu.dataSync())).toBeLessThan(0);
    });

    it('leave no tensor behind', () => {
      const x = tensor4d(wave([2, 6, 6, 8], 0.7), [2, 6, 6, 8]);
      const filter = tensor4d(wave([3, 3, 8, 8], 1.3), [3, 3, 8, 8]);
      convolve(x, filter, 1, 'same', true);
      const { numTensors } = memory();
      convolve(x, filter, 1, 'same', true);
      convolve(x, filter, 1, 'same');
      expect(memory().numTensors).toBe(numTensors);
    });
  });
});
