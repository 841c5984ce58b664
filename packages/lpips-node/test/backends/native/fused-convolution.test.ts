import {
  abs,
  Conv2D,
  conv2d,
  engine,
  FusedConv2D,
  fill,
  fused,
  max,
  memory,
  relu,
  slice,
  split,
  sub,
  type Tensor,
  type Tensor4D,
  tensor1d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs';
import { selectBackend } from 'lpips-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../support/backends.js';

/** What float32 sums of up to 2304 products differ from float64. */
const FLOAT32_SUM = 2e-6;

type Shape = [number, number, number, number];

/** Batches and single images, few channels and many, each way through the three libraries. */
const CASES: [x: Shape, filter: Shape, stride: number, pad: 'same' | 'valid'][] = [
  [[2, 7, 9, 3], [3, 3, 3, 8], 1, 'same'],
  [[1, 7, 9, 3], [3, 3, 3, 8], 1, 'same'],
  [[3, 15, 13, 3], [11, 11, 3, 16], 4, 'valid'],
  [[2, 6, 5, 256], [3, 3, 256, 32], 1, 'same'],
  [[1, 6, 5, 256], [3, 3, 256, 32], 1, 'same'],
  [[2, 3, 3, 256], [3, 3, 256, 32], 1, 'same'],
  [[1, 4, 4, 16], [3, 3, 16, 96], 1, 'same'],
  [[3, 31, 18, 48], [3, 3, 48, 32], 1, 'same'],
  [[1, 5, 40, 16], [3, 3, 16, 32], 1, 'same'],
  [[2, 8, 8, 16], [3, 3, 16, 32], 1, 'valid'],
  [[1, 4, 4, 20], [1, 1, 20, 1], 1, 'valid'],
];

function wave(shape: number[], step: number): Float32Array {
  const size = shape.reduce((product, side) => product * side, 1);
  return Float32Array.from({ length: size }, (_, i) => Math.sin(i * step));
}

/** Not a smooth one, whose products cancel out. */
function noise(shape: number[], seed: number): Float32Array {
  return wave(shape, 1).map((_, i) => (Math.sin((i + 1) * seed) * 1e4) % 1);
}

/** x * filter in float64. */
function convolveExactly(
  x: Float32Array,
  [batch, height, width, channelsIn]: Shape,
  filter: Float32Array,
  [side, , , channelsOut]: Shape,
  stride: number,
  pad: 'same' | 'valid',
): number[] {
  const before = pad === 'same' ? (side - 1) / 2 : 0;
  const outSide = (size: number) => Math.floor((size + 2 * before - side) / stride) + 1;
  const y: number[] = [];
  for (let pixel = 0; pixel < batch * outSide(height) * outSide(width); pixel++) {
    const column = pixel % outSide(width);
    const row = Math.floor(pixel / outSide(width)) % outSide(height);
    const image = Math.floor(pixel / outSide(width) / outSide(height));
    const sums = new Float64Array(channelsOut);
    for (let tap = 0; tap < side * side; tap++) {
      const fromRow = row * stride - before + Math.floor(tap / side);
      const fromColumn = column * stride - before + (tap % side);
      if (fromRow < 0 || fromColumn < 0 || fromRow >= height || fromColumn >= width) continue;
      const from = ((image * height + fromRow) * width + fromColumn) * channelsIn;
      for (let c = 0; c < channelsIn; c++) {
        const weights = (tap * channelsIn + c) * channelsOut;
        for (let o = 0; o < channelsOut; o++)
          sums[o] = (sums[o] ?? 0) + (x[from + c] ?? 0) * (filter[weights + o] ?? 0);
      }
    }
    y.push(...sums);
  }
  return y;
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

    it.each(CASES)('agree with float64: x=%j f=%j s=%i p=%s', (xShape, filterShape, stride, pad) => {
      const [xValues, filterValues] = [noise(xShape, 12.9898), noise(filterShape, 78.233)];
      const bias = wave([filterShape[3]], 0.1);
      const sums = convolveExactly(xValues, xShape, filterValues, filterShape, stride, pad);
      const expected = sums.map((sum, i) => Math.max(0, sum + (bias[i % bias.length] ?? 0)));
      const [x, filter] = [tensor4d(xValues, xShape), tensor4d(filterValues, filterShape)];
      for (const constantFilter of [false, true, true]) {
        expect(relativeError(convolve(x, filter, stride, pad, constantFilter), expected)).toBeLessThan(
          FLOAT32_SUM,
        );
        const attributes = {
          strides: [stride, stride],
          pad,
          dataFormat: 'NHWC',
          dilations: [1, 1],
          constantFilter,
        };
        const plain = engine().runKernel<Tensor>(Conv2D, { x, filter }, attributes);
        expect(relativeError([...plain.dataSync()], sums)).toBeLessThan(FLOAT32_SUM);
      }
    });

    it('of 3x3 give flat images flat interiors, and each image of a batch what it gives alone', () => {
      const filter = tensor4d(noise([3, 3, 32, 64], 78.233), [3, 3, 32, 64]);
      const flat = fill([1, 9, 11, 32], 0.3) as Tensor4D;
      const interior = slice(
        tensor4d(convolve(flat, filter, 1, 'same', true), [1, 9, 11, 64]),
        [0, 1, 1, 0],
        [1, 7, 9, 64],
      );
      const first = slice(interior, [0, 0, 0, 0], [1, 1, 1, 64]);
      expect(max(abs(sub(interior, first))).dataSync()[0]).toBe(0);
      const batch = tensor4d(noise([5, 9, 11, 32], 12.9898), [5, 9, 11, 32]);
      const together = convolve(batch, filter, 1, 'same', true);
      const alone = split(batch, 5).flatMap((image) => convolve(image as Tensor4D, filter, 1, 'same', true));
      expect(together).toEqual(alone);
    });

    it('of 3x3 take a pixel that is not a number to its neighbours, and no further than its tile', () => {
      const filter = tensor4d(noise([3, 3, 16, 32], 78.233), [3, 3, 16, 32]);
      const values = noise([1, 12, 12, 16], 12.9898);
      values[(5 * 12 + 5) * 16] = Number.NaN;
      const y = convolve(tensor4d(values, [1, 12, 12, 16]), filter, 1, 'same', true);
      const isNaNAt = (row: number, column: number) => Number.isNaN(y[(row * 12 + column) * 32]);
      expect([4, 5, 6].every((row) => [4, 5, 6].every((column) => isNaNAt(row, column)))).toBe(true);
      expect([3, 8].some((row) => isNaNAt(row, 5) || isNaNAt(5, row))).toBe(false);
    });

    it('keep constant filters of one shape apart, at every size of image', () => {
      const filters = [0.4, 0.9].map((step) => tensor4d(wave([3, 3, 4, 6], step), [3, 3, 4, 6]));
      for (const side of [5, 12, 5, 31]) {
        const x = tensor4d(wave([2, side, side, 4], 0.3), [2, side, side, 4]);
        for (const filter of filters) {
          const expected = convolve(x, filter, 1, 'same');
          expect(relativeError(convolve(x, filter, 1, 'same', true), expected)).toBeLessThan(FLOAT32_SUM);
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
      for (const [channelsIn, channelsOut] of [
        [8, 8],
        [16, 32],
      ] as const) {
        const x = tensor4d(wave([2, 6, 6, channelsIn], 0.7), [2, 6, 6, channelsIn]);
        const shape: Shape = [3, 3, channelsIn, channelsOut];
        convolve(x, tensor4d(wave(shape, 1.3), shape), 1, 'same', true);
      }
      native.executeSingleOutput = run;
      expect(operations).toEqual([expect.stringMatching(/FusedConv2D$/), 'LpipsConvolveBiasRelu']);
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
