/**
 * The gradient of bilinear resizing against its definition: every pixel of dy goes back to the pixels that it was made of, which
 * TensorFlow's resize of each unit image tells.
 */
import {
  engine,
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
  zeros,
} from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { relativeError } from '../../../../test/support/relative-error.js';
import { registerKernels } from '../../src/kernels/register-kernels.js';
import { expectCentralSlopes } from '../support/central-slopes.js';
import { type FourSides, noise } from '../support/convolutions.js';
import { operationsOf } from '../support/operations-of.js';

/** Sums of some float32 products, with weights that are rounded. */
const ROUNDING = 2e-6;

const PLACINGS = [
  { alignCorners: false, halfPixelCenters: false },
  { alignCorners: true, halfPixelCenters: false },
  { alignCorners: false, halfPixelCenters: true },
] as const;

const CASES: readonly (readonly [x: FourSides, size: [number, number]])[] = [
  [
    [2, 4, 5, 3],
    [8, 10],
  ],
  [
    [3, 3, 2, 2],
    [9, 4],
  ],
  [
    [2, 7, 6, 2],
    [3, 4],
  ],
  [
    [1, 5, 4, 4],
    [5, 4],
  ],
  [
    [2, 1, 1, 7],
    [3, 2],
  ],
  [
    [2, 6, 4, 3],
    [1, 1],
  ],
  [
    [1, 3, 11, 1],
    [7, 13],
  ],
];

type Resize = (x: Tensor) => Tensor;

/** dx[i] = Σ_o dy[o] y[o] of the unit image that is 1 at i. A resize is linear. */
function plainGradient(
  resize: Resize,
  [batch, height, width, channels]: FourSides,
  dy: Float32Array,
): number[] {
  const perImage = height * width * channels;
  const units = oneHot(range(0, perImage, 1, 'int32'), perImage).toFloat();
  const resized = resize(units.reshape([perImage, height, width, channels])).dataSync();
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

await suiteOnBackend('the gradient of bilinear resizing', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(async () => {
      await setBackend('tensorflow');
      registerKernels('cpu');
    });

    for (const placing of PLACINGS) {
      const { alignCorners, halfPixelCenters } = placing;
      it.each(CASES)(`x=%j to %j, ${JSON.stringify(placing)}`, (shape, size) => {
        const resize: Resize = (x) =>
          image.resizeBilinear(x as Tensor4D, size, alignCorners, halfPixelCenters);
        const dyShape: FourSides = [shape[0], ...size, shape[3]];
        const values = noise(dyShape, 0.9);
        tidy(() => {
          const dx = grad(resize)(tensor4d(noise(shape, 1.7), shape), tensor4d(values, dyShape));
          expect(dx.shape).toEqual(shape);
          expect(relativeError(dx.dataSync(), plainGradient(resize, shape, values))).toBeLessThan(ROUNDING);
        });
      });

      it(`has the slopes of central differences: x=[2,5,4,3] to [7,9], ${JSON.stringify(placing)}`, () => {
        tidy(() => {
          const noisy = (shape: Tensor4D['shape'], seed: number) => tensor4d(noise(shape, seed), shape);
          const resize = (x: Tensor4D, y: Tensor4D) =>
            image.resizeBilinear(x.mul(y) as Tensor4D, [7, 9], alignCorners, halfPixelCenters);
          expectCentralSlopes<Tensor4D>(resize, [noisy([2, 5, 4, 3], 1.7), noisy([2, 5, 4, 3], 2.3)], noisy);
        });
      });
    }

    it('is one operation, and gives an image the same bits alone and in a batch: x=[3,20,18,40] to [41,33]', () => {
      const run = (images: number, values: Float32Array) => {
        const size: FourSides = [images, 41, 33, 40];
        return tidy(() => {
          const x = zeros([images, 20, 18, 40]);
          return [
            ...grad((x: Tensor) => image.resizeBilinear(x as Tensor4D, [41, 33]))(
              x,
              tensor4d(values, size),
            ).dataSync(),
          ];
        }) as number[];
      };
      const dy = noise([3, 41, 33, 40], 0.9);
      const perImage = dy.length / 3;
      let batch: number[] = [];
      const operations = operationsOf(() => {
        batch = run(3, dy);
      });
      expect(operations.filter((each) => each.includes('Grad'))).toEqual(['LpipsResizeBilinearGrad']);
      const alone = [0, 1, 2].flatMap((i) => run(1, dy.slice(i * perImage, (i + 1) * perImage)));
      expect(batch).toEqual(alone);
    });

    it('of no images is none', () => {
      const attrs = { alignCorners: false, halfPixelCenters: false };
      const dx = tidy(() => {
        const inputs = { images: zeros([0, 3, 3, 2]), dy: zeros([0, 6, 6, 2]) };
        return engine().runKernel<Tensor>('ResizeBilinearGrad', inputs, attrs).shape;
      });
      expect(dx).toEqual([0, 3, 3, 2]);
    });

    it('leaves no tensor behind', () => {
      const x = tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
      const { numTensors } = memory();
      tidy(() => grad((x: Tensor) => image.resizeBilinear(x as Tensor4D, [3, 5]))(x)).dispose();
      expect(memory().numTensors).toBe(numTensors);
    });
  });
});
