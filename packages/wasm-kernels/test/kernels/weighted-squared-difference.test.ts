import {
  backend,
  conv2d,
  engine,
  memory,
  randomNormal,
  setBackend,
  squaredDifference,
  type Tensor4D,
} from '@tensorflow/tfjs';
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  registerWeightedSquaredDifference,
  WEIGHTED_SQUARED_DIFFERENCE,
} from '../../src/kernels/weighted-squared-difference.js';

type Shape = [batch: number, height: number, width: number, channels: number];

const normal = (shape: Shape, seed: number): Tensor4D => randomNormal(shape, 0, 1, 'float32', seed);
const head = (u: Tensor4D, v: Tensor4D, weights: Tensor4D): Tensor4D =>
  engine().runKernel(WEIGHTED_SQUARED_DIFFERENCE, { u, v, weights });
const bits = (x: Tensor4D) => Buffer.from(x.dataSync().buffer).toString('hex');

function wasm(): BackendWasm {
  const current = backend();
  if (current instanceof BackendWasm) return current;
  throw new Error('the WASM backend is needed');
}

const heapOf = (x: Tensor4D) => wasm().typedArrayFromHeap(x).buffer.byteLength;

describe('the head on WASM', () => {
  beforeAll(async () => {
    await setBackend('wasm');
    registerWeightedSquaredDifference();
  });

  it.each<[string, Shape, number]>([
    ['one number', [1, 1, 1, 1], 1],
    ['less than a strip', [2, 7, 5, 16], 2],
    ['strips and a rest, on a batch', [2, 57, 61, 33], 2],
    ['strips and a rest, one image against all', [3, 49, 50, 64], 1],
    ['whole strips', [1, 64, 64, 16], 1],
    ['pixels larger than a strip', [1, 2, 2, 40_000], 1],
  ])('has the bits of the stock kernels: %s', (_case, shape, others) => {
    const [u, v] = [normal(shape, 1), normal([others, shape[1], shape[2], shape[3]], 2)];
    const weights = normal([1, 1, shape[3], 1], 3);
    const expected = conv2d(squaredDifference<Tensor4D>(u, v), weights, 1, 'valid');
    const got = head(u, v, weights);
    expect(got.shape).toEqual(expected.shape);
    expect(bits(got)).toBe(bits(expected));
    for (const tensor of [u, v, weights, expected, got]) tensor.dispose();
  });

  it('propagates NaN to its own pixel only', () => {
    const [u, v, weights] = [
      normal([1, 60, 60, 16], 1),
      normal([1, 60, 60, 16], 2),
      normal([1, 1, 16, 1], 3),
    ];
    const spoilt = u.bufferSync();
    spoilt.set(Number.NaN, 0, 59, 7, 3);
    const values = head(spoilt.toTensor(), v, weights).dataSync();
    expect([...values.keys()].filter((place) => Number.isNaN(values[place]))).toEqual([59 * 60 + 7]);
  });

  it('does not change its inputs, and leaves no tensor and no memory behind', () => {
    const [u, v, weights] = [
      normal([2, 60, 60, 16], 1),
      normal([1, 60, 60, 16], 2),
      normal([1, 1, 16, 1], 3),
    ];
    const before = [u, v, weights].map(bits);
    head(u, v, weights).dispose();
    const [{ numTensors }, ids, heap] = [memory(), wasm().numDataIds(), heapOf(u)];
    for (let i = 0; i < 2000; i++) head(u, v, weights).dispose(); // 58 MB of results, 262 MB of strips
    expect(memory().numTensors).toBe(numTensors);
    expect(wasm().numDataIds()).toBe(ids);
    expect(heapOf(u)).toBe(heap);
    expect([u, v, weights].map(bits)).toEqual(before);
  });
});
