/**
 * The kernels of the metric that tfjs-wasm-kernels registers, against what lpips-core composes where they are missing.
 */
import '../packages/wasm-kernels/src/index.js';
import {
  engine,
  getKernel,
  grads,
  memory,
  ready,
  registerKernel,
  setBackend,
  type Tensor,
  type Tensor4D,
  tensor4d,
  tidy,
  unregisterKernel,
} from '@tensorflow/tfjs';
import { at, Lpips, NET_NAMES } from 'lpips-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { maxPool } from '../packages/lpips-core/src/operations/max-pool.js';
import { METRIC_KERNELS } from '../packages/lpips-core/src/operations/metric-kernels.js';
import { reluGradient } from '../packages/lpips-core/src/operations/relu-gradient.js';
import { scaleImages } from '../packages/lpips-core/src/operations/scale-images.js';
import { unitNormalize } from '../packages/lpips-core/src/operations/unit-normalize.js';
import {
  meanWeightedSquaredDifference,
  weightedSquaredDifference,
} from '../packages/lpips-core/src/operations/weighted-squared-difference.js';
import { randomTensor, randomValues, relativeError, sizeOf } from './support/numbers.js';
import { seededWeights } from './support/seeded-weights.js';

type Shape4D = [number, number, number, number];

/** Two float32 evaluations of one formula in different orders. */
const SAME_FORMULA = 2e-6;
/** The same through a whole network and back; a unit at 0 but for rounding may count in one and not in the other. */
const SAME_NETWORK = 1e-4;

/** Larger operations save the starts of operations, which WASM hardly has. */
const NATIVE_ALONE: ReadonlySet<string> = new Set([
  METRIC_KERNELS.meanUnitDifference,
  METRIC_KERNELS.meanUnitDifferenceGradient,
  METRIC_KERNELS.maxPoolGradientOfPart,
  METRIC_KERNELS.stackPair,
  METRIC_KERNELS.guardedScale,
  METRIC_KERNELS.interleave,
]);
const NAMES = Object.values(METRIC_KERNELS).filter((name) => !NATIVE_ALONE.has(name));

/** Runs `work` without the kernels of the metric. */
function composed<T>(work: () => T): T {
  const kernels = NAMES.map((name) => {
    const kernel = getKernel(name, 'wasm');
    if (!kernel) throw new Error(`there is no ${name}`);
    unregisterKernel(name, 'wasm');
    return kernel;
  });
  try {
    return work();
  } finally {
    for (const kernel of kernels) registerKernel(kernel);
  }
}

/** Names of the kernels of the metric that `work` runs. */
function kernelsOf(work: () => void): Set<string> {
  const { runKernelFunc } = engine() as unknown as { runKernelFunc: (parameters: unknown) => unknown };
  const used = new Set<string>();
  const target = engine() as unknown as { runKernelFunc: typeof runKernelFunc };
  target.runKernelFunc = function (this: unknown, parameters) {
    const { kernelName } = parameters as { kernelName?: string };
    if (kernelName) used.add(kernelName);
    return runKernelFunc.call(this, parameters);
  };
  try {
    work();
  } finally {
    Reflect.deleteProperty(target, 'runKernelFunc');
  }
  return new Set(NAMES.filter((name) => used.has(name)));
}

/** Values and gradients of `work` with the kernels and without them, with no tensor left over. */
function bothWays(work: () => Tensor[]): { own: Float32Array[]; stock: Float32Array[] } {
  const values = () => {
    const { numTensors, numBytes } = memory();
    const results = tidy(() => work().map((tensor) => tensor.dataSync().slice() as Float32Array));
    expect(memory()).toMatchObject({ numTensors, numBytes });
    return results;
  };
  return { own: values(), stock: composed(values) };
}

function expectSame(work: () => Tensor[], tolerance: number): void {
  const { own, stock } = bothWays(work);
  expect(own.length).toBe(stock.length);
  for (const [index, values] of own.entries()) {
    expect(relativeError(values, at(stock, index)), `result ${index}`).toBeLessThan(tolerance);
  }
}

beforeAll(async () => {
  await setBackend('wasm');
  await ready();
});

describe.each(NET_NAMES)('%s with kernels of its own', (net) => {
  it('has the values and gradients of the composition: x=[2,…] y=[2,…], y=[1,…]', () => {
    const lpips = Lpips.fromWeights(seededWeights(net), { net });
    const side = Math.max(35, lpips.smallestSize);
    const x = randomTensor([2, side, side + 6, 3], 1);
    for (const references of [2, 1]) {
      const y = randomTensor([references, side, side + 6, 3], 2);
      const distance = (x: Tensor, y: Tensor) => lpips.distance(x as Tensor4D, y as Tensor4D);
      const map = (x: Tensor, y: Tensor) => lpips.map(x as Tensor4D, y as Tensor4D);
      const work = () => [
        distance(x, y),
        lpips.layers(x, y),
        map(x, y),
        ...grads(distance)([x, y]),
        ...grads(map)([x, y]),
      ];
      tidy(() => void work()); // makes the filters of the gradient, which stay
      expectSame(work, SAME_NETWORK);
      y.dispose();
    }
    expect(kernelsOf(() => tidy(() => void lpips.distance(x, x))).has(METRIC_KERNELS.convolve)).toBe(true);
    x.dispose();
    lpips.dispose();
  });
});

it('every kernel is used by a distance, a map and their gradients', () => {
  const lpips = Lpips.fromWeights(seededWeights('squeeze'), { net: 'squeeze' });
  const [x, y] = [randomTensor([1, 35, 41, 3], 1), randomTensor([1, 35, 41, 3], 2)];
  const used = kernelsOf(() =>
    tidy(() => {
      for (const compare of ['distance', 'map'] as const) {
        lpips[compare](x, y);
        grads((x: Tensor, y: Tensor) => lpips[compare](x as Tensor4D, y as Tensor4D))([x, y]);
      }
    }),
  );
  expect(used).toEqual(new Set(NAMES));
  for (const each of [x, y, lpips]) each.dispose();
});

/** Odd sizes, channels that fill no vector, one pixel, many channels. */
const SHAPES: Shape4D[] = [
  [1, 1, 1, 1],
  [2, 5, 7, 3],
  [1, 3, 3, 13],
  [3, 4, 5, 64],
  [2, 9, 2, 100],
];

/** Every third value is 0, whole pixels of it too, and the rest repeats itself. */
function withZeros(shape: Shape4D, seed: number): Tensor4D {
  const values = randomValues(sizeOf(shape), seed, -3, 3).map((value, index) => {
    const isPixelOfZeros = Math.floor(index / shape[3]) % 4 === 1;
    return isPixelOfZeros || value < -1 ? 0 : Math.round(value * 4) / 4;
  });
  return tensor4d(values, shape);
}

describe.each(SHAPES)('the steps of the metric, x=[%i,%i,%i,%i]', (...shape) => {
  const [batch, height, width, channels] = shape;
  const pixels: Shape4D = [batch, height, width, 1];

  it('unit normalisation of features, some of them 0', () => {
    const [x, dy] = [withZeros(shape, 1), randomTensor(shape, 2)];
    expectSame(
      () => [unitNormalize(x), ...grads((x: Tensor) => unitNormalize(x as Tensor4D))([x], dy)],
      SAME_FORMULA,
    );
    for (const each of [x, dy]) each.dispose();
  });

  it('weighted squared differences, per pixel and on average, of one or many references', () => {
    for (const references of new Set([1, batch])) {
      const [u, v] = [withZeros(shape, 1), withZeros([references, height, width, channels], 3)];
      const [head, dy] = [randomTensor([1, 1, channels, 1], 4, 0, 1), randomTensor(pixels, 5)];
      const weigh = (u: Tensor, v: Tensor) => weightedSquaredDifference(u as Tensor4D, v as Tensor4D, head);
      const mean = (u: Tensor, v: Tensor) =>
        meanWeightedSquaredDifference(u as Tensor4D, v as Tensor4D, head);
      expectSame(
        () => [weigh(u, v), mean(u, v), ...grads(weigh)([u, v], dy), ...grads(mean)([u, v])],
        SAME_FORMULA,
      );
      for (const each of [u, v, head, dy]) each.dispose();
    }
  });

  it('the gradient of relu, bit by bit', () => {
    const [dy, y] = [randomTensor(shape, 1), withZeros(shape, 2)];
    const { own, stock } = bothWays(() => [reluGradient(dy, y.relu())]);
    expect(own.map(withoutSigns)).toEqual(stock.map(withoutSigns));
    for (const each of [dy, y]) each.dispose();
  });

  it.each([
    { size: 2, stride: 2, ceil: true },
    { size: 3, stride: 2, ceil: true },
    { size: 2, stride: 2, ceil: false },
    { size: 3, stride: 2, ceil: false },
  ])('pooling with ties, size $size, stride $stride, ceil $ceil', (geometry) => {
    const fits = Math.min(height, width) >= geometry.size;
    const x = withZeros(fits ? shape : [batch, height + 3, width + 3, channels], 1);
    tidy(() => {
      const positive = x.relu() as Tensor4D;
      // A pooling frees its dy, which only the next operation of the metric knows; the product stands between.
      const pool = (x: Tensor) => maxPool(x as Tensor4D, geometry).mul(1);
      const dy = pool(positive).mul(0).add(1).cumsum(3); // differs from channel to channel
      const { own, stock } = bothWays(() => [pool(positive), ...grads(pool)([positive], dy)]);
      expect(own.map(withoutSigns)).toEqual(stock.map(withoutSigns));
    });
    x.dispose();
  });
});

it.each([
  [1, 1],
  [3, 5],
  [4, 7],
  [16, 16],
])(
  'the scaling layer has the bits of the composition, and its gradient the values, %i x %i pixels',
  (height, width) => {
    const [x, dy] = [randomTensor([2, height, width, 3], 1), randomTensor([2, height, width, 3], 2)];
    for (const range of [
      [-1, 1],
      [0, 1],
      [0, 255],
    ] as const) {
      const scale = (x: Tensor) => scaleImages(x as Tensor4D, range, true);
      const { own, stock } = bothWays(() => [scale(x), ...grads(scale)([x], dy)]);
      expect(own[0]).toEqual(stock[0]);
      expect(relativeError(at(own, 1), at(stock, 1))).toBeLessThan(SAME_FORMULA);
    }
    for (const each of [x, dy]) each.dispose();
  },
);

const withoutSigns = (values: ArrayLike<number>) => Array.from(values, (value) => value + 0);
