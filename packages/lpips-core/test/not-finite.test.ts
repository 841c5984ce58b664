/**
 * Pixels that are not finite: they reach every result and every gradient, whichever network, backend and side.
 */
import {
  concat,
  grad,
  memory,
  onesLike,
  sum,
  type Tensor,
  type Tensor4D,
  tensor4d,
  tidy,
  valueAndGrads,
} from '@tensorflow/tfjs';
import { Lpips, NET_NAMES } from 'lpips-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnBackends, expectNoLeak } from '../../../test/support/backend.js';
import { randomTensor } from '../../../test/support/numbers.js';
import { weightsOf } from './support/weights.js';

/** Bits of floats that are not finite. A relu that compares floats as integers tells NaN by its sign. */
const NOT_FINITE = [
  ['NaN', 0x7fc00000],
  ['NaN with its sign bit', 0xffc00000],
  ['Infinity', 0x7f800000],
  ['-Infinity', 0xff800000],
] as const;

/** A copy whose value at `index` is replaced. */
function spoil(image: Tensor4D, bits: number, index: number): Tensor4D {
  const values = image.dataSync<'float32'>().slice();
  new Uint32Array(values.buffer)[index] = bits;
  return tensor4d(values, image.shape);
}

function valuesOf(work: () => Tensor): number[] {
  const result = tidy(work);
  const values = Array.from(result.dataSync());
  result.dispose();
  return values;
}

const areNaN = (values: readonly number[]) => values.length > 0 && values.every(Number.isNaN);
const areFinite = (values: readonly number[]) => values.length > 0 && values.every(Number.isFinite);

describeOnBackends('a pixel that is not finite', ['cpu', 'wasm'], () => {
  describe.each(NET_NAMES)('%s', (net) => {
    let lpips: Lpips;
    let [image, reference]: Tensor4D[] = [];
    beforeAll(() => {
      lpips = Lpips.fromWeights(weightsOf(net), { net });
      const side = lpips.smallestSize + 1;
      [image, reference] = [1, 2].map((seed) => randomTensor([1, side, side, 3], seed));
    });
    afterAll(() => lpips.dispose());
    const pair = () => {
      if (!image || !reference) throw new Error('no images');
      return { image, reference };
    };

    it.each(NOT_FINITE)(
      '%s in the image or the reference makes distance and both gradients NaN',
      (_, bits) => {
        const { image, reference } = pair();
        const spoilt = spoil(image, bits, 101);
        for (const [x, y] of [
          [spoilt, reference],
          [reference, spoilt],
        ] as const) {
          const { value, grads } = tidy(() =>
            valueAndGrads((x: Tensor, y: Tensor) => lpips.distance(x as Tensor4D, y as Tensor4D))([x, y]),
          );
          for (const result of [value, ...grads]) expect(areNaN(Array.from(result.dataSync()))).toBe(true);
          for (const result of [value, ...grads]) result.dispose();
        }
      },
    );
  });

  describe('lite', () => {
    let lpips: Lpips;
    beforeAll(() => {
      lpips = Lpips.fromWeights(weightsOf('lite'), { net: 'lite' });
    });
    afterAll(() => lpips.dispose());
    const [first, second, third] = [1, 2, 3];
    const image = (seed: number) => randomTensor([1, 12, 13, 3], seed);
    const gradient = (f: (x: Tensor4D) => Tensor, x: Tensor4D) =>
      valuesOf(() => grad((x: Tensor) => sum(f(x as Tensor4D)))(x));

    it.each(NOT_FINITE)('%s reaches the map, and the sums of layers and pooled differences', (_, bits) => {
      const [x, y] = [spoil(image(first), bits, 200), image(second)];
      expect(areNaN(valuesOf(() => lpips.map(x, y)))).toBe(true);
      expect(areNaN(valuesOf(() => sum(lpips.layers(x, y), 1)))).toBe(true);
      expect(areNaN(valuesOf(() => sum(lpips.pooledDifferences(x, y).means, 1)))).toBe(true);
      for (const f of [
        (x: Tensor4D) => lpips.map(x, y),
        (x: Tensor4D) => lpips.layers(x, y),
        (x: Tensor4D) => lpips.pooledDifferences(x, y).means,
      ]) {
        expect(areNaN(gradient(f, x))).toBe(true);
      }
    });

    it.each(NOT_FINITE)('%s passes features, made before or on the tape', (_, bits) => {
      const [good, other] = [image(first), image(second)];
      const spoilt = spoil(other, bits, 300);
      const known = lpips.features(spoilt);
      expect(areNaN(valuesOf(() => lpips.distance(good, known)))).toBe(true);
      expect(areNaN(gradient((x) => lpips.distance(x, known), good))).toBe(true);
      known.dispose();
      const throughFeatures = (x: Tensor4D, y: Tensor4D) => {
        const features = lpips.features(y);
        const distance = lpips.distance(x, features);
        features.dispose();
        return distance;
      };
      expect(areNaN(gradient((y) => throughFeatures(good, y), spoilt))).toBe(true);
      expect(areNaN(gradient((y) => throughFeatures(spoilt, y), good))).toBe(true);
    });

    it.each(NOT_FINITE)('%s spoils its own image of a batch, and the reference that all share', (_, bits) => {
      const spoilt = spoil(image(first), bits, 7);
      const [x, y] = [concat([image(second), spoilt]) as Tensor4D, image(third)];
      const [clean, marked] = valuesOf(() => lpips.distance(x, y));
      expect(clean).toBe(valuesOf(() => lpips.distance(image(second), y))[0]);
      expect(marked).toBeNaN();
      const dx = gradient((x) => lpips.distance(x, y), x);
      expect(areFinite(dx.slice(0, dx.length / 2))).toBe(true);
      expect(areNaN(dx.slice(dx.length / 2))).toBe(true);
      expect(areNaN(gradient((y) => lpips.distance(x, y), y))).toBe(true);
    });

    it.each(NOT_FINITE)('%s outside a mask has no influence', (_, bits) => {
      const [x, y] = [image(first), image(second)];
      const spoilt = spoil(x, bits, 0); // pixel (0, 0)
      const mask = tensor4d(
        Float32Array.from({ length: 12 * 13 }, (_, i) => (i === 0 ? 0 : 1)),
        [1, 12, 13, 1],
      );
      const distance = (x: Tensor4D) => lpips.distance(x, y, { mask });
      expect(valuesOf(() => distance(spoilt))).toEqual(valuesOf(() => distance(x)));
      expect(gradient(distance, spoilt)).toEqual(gradient(distance, x));
      const inside = spoil(x, bits, 100);
      expect(areNaN(valuesOf(() => distance(inside)))).toBe(true);
    });

    it('as a dy that is NaN for one pixel of the map reaches the whole gradient', () => {
      const [x, y] = [image(first), image(second)];
      const dx = valuesOf(() => {
        const dy = spoil(onesLike(lpips.map(x, y)) as Tensor4D, 0x7fc00000, 9);
        return grad((x: Tensor) => lpips.map(x as Tensor4D, y))(x, dy);
      });
      expect(areNaN(dx)).toBe(true);
    });

    it('leaves no tensor behind', () => {
      const [x, y] = [spoil(image(first), 0x7f800000, 5), image(second)];
      const before = memory().numTensors;
      expectNoLeak(() => {
        lpips.distance(x, y).dispose();
        gradient((x) => lpips.distance(x, y), x);
        lpips.features(x).dispose();
      });
      expect(memory().numTensors).toBe(before);
    });
  });
});
