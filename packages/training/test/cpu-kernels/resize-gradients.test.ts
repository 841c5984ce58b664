/**
 * The gradients of resized images on TensorFlow.js's JavaScript backend, against the definition: every pixel of dy goes back to
 * the pixels that it was made of, which a resize of each unit image tells.
 */
import '@tensorflow/tfjs';
import {
  grad,
  image,
  memory,
  oneHot,
  range,
  setBackend,
  type Tensor,
  type Tensor4D,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import { at } from 'lpips-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomValues, relativeError, sizeOf } from '../../../../test/support/numbers.js';
import { mendCpuKernels } from '../../src/index.js';

/** Sums of a few float32 products. */
const ROUNDING = 1e-6;

type Shape = [batch: number, height: number, width: number, channels: number];
type Resize = (x: Tensor) => Tensor;

const CASES: readonly (readonly [x: Shape, size: [number, number]])[] = [
  [
    [3, 2, 3, 2],
    [4, 6],
  ],
  [
    [2, 3, 2, 1],
    [7, 5],
  ],
  [
    [2, 5, 4, 3],
    [2, 3],
  ],
  [
    [2, 4, 4, 1],
    [1, 1],
  ],
  [
    [2, 1, 1, 2],
    [3, 2],
  ],
];

beforeAll(async () => {
  await setBackend('cpu');
  mendCpuKernels();
});

/** dx[i] = Σ_o dy[o] y[o] of the unit image that is 1 at i. A resize is linear. */
function plainGradient(resize: Resize, [batch, height, width, channels]: Shape, dy: Float32Array): number[] {
  const perImage = height * width * channels;
  const units = oneHot(range(0, perImage, 1, 'int32'), perImage).reshape([perImage, height, width, channels]);
  const resized = resize(units.toFloat()).dataSync();
  const perResult = resized.length / perImage;
  return Array.from({ length: batch * perImage }, (_, i) => {
    const [imageIndex, pixel] = [Math.floor(i / perImage), i % perImage];
    let sum = 0;
    for (let o = 0; o < perResult; o++) {
      sum += at(dy, imageIndex * perResult + o) * at(resized, pixel * perResult + o);
    }
    return sum;
  });
}

const PLACINGS = [
  { alignCorners: false, halfPixelCenters: false },
  { alignCorners: true, halfPixelCenters: false },
  { alignCorners: false, halfPixelCenters: true },
] as const;
type Placing = (typeof PLACINGS)[number];

const RESIZES: readonly (readonly [string, (size: [number, number], placing: Placing) => Resize])[] = [
  [
    'nearest',
    (size, { alignCorners, halfPixelCenters }) =>
      (x) =>
        image.resizeNearestNeighbor(x as Tensor4D, size, alignCorners, halfPixelCenters),
  ],
  [
    'bilinear',
    (size, { alignCorners, halfPixelCenters }) =>
      (x) =>
        image.resizeBilinear(x as Tensor4D, size, alignCorners, halfPixelCenters),
  ],
];

describe.each(RESIZES)('%s', (_, make) => {
  for (const placing of PLACINGS) {
    it.each(CASES)(`x=[%s] to [%s], ${JSON.stringify(placing)}`, (shape, size) => {
      const resize = make(size, placing);
      const [batch, , , channels] = shape;
      const values = randomValues(batch * size[0] * size[1] * channels, 1);
      tidy(() => {
        const x = tensor4d(randomValues(sizeOf(shape), 2), shape);
        const dx = grad(resize)(x, tensor4d(values, [batch, ...size, channels]));
        expect(dx.shape).toEqual(shape);
        expect(relativeError(dx.dataSync(), plainGradient(resize, shape, values))).toBeLessThan(ROUNDING);
      });
    });
  }
});

it('a second call changes nothing, and no tensor is left behind', () => {
  mendCpuKernels();
  const x = tensor4d(randomValues(8, 1), [2, 2, 2, 1]);
  const before = memory();
  for (const resize of [image.resizeNearestNeighbor, image.resizeBilinear]) {
    tidy(() => grad((input) => resize(input as Tensor4D, [3, 4]))(x)).dispose();
  }
  expect(memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
});
