import {
  add,
  clipByValue,
  concat,
  fill,
  grad,
  grads,
  memory,
  mul,
  slice,
  sum,
  type Tensor,
  type Tensor4D,
  tensor4d,
  tidy,
  train,
  variable,
} from '@tensorflow/tfjs';
import { at, type Features, LITE_VERSION, Lpips, LpipsError, NET_NAMES, type NetName } from 'lpips-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnBackends, expectNoLeak } from '../../../test/support/backend.js';
import { CENTRAL_DIFFERENCES, centralDifferences, gradientOf } from '../../../test/support/gradient.js';
import { randomTensor, randomValues, relativeError } from '../../../test/support/numbers.js';
import { weightsOf } from './support/weights.js';

/** Float32 results of the same operations on a batch and on its images: vectorised remainders round differently. */
const FLOAT_NOISE = 2e-6;

/** Heights of the images that every net compares: what AlexNet needs, and half of it where kernels are small. */
const SIDES: Readonly<Record<NetName, number>> = { lite: 24, alex: 36, squeeze: 36, vgg: 24 };

/** A soft blob and its seeded noisy copies, `[1, side, side + 3, 3]` in [-1, 1]. */
function blob(side: number): Tensor4D {
  const width = side + 3;
  const values = Float32Array.from({ length: side * width * 3 }, (_, i) => {
    const [y, x, c] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width, i % 3];
    return Math.sin(x / 5 + c) * Math.cos(y / (4 + c)) * 0.8;
  });
  return tensor4d(values, [1, side, width, 3]);
}

function noisy(image: Tensor4D, amount: number, seed = 1): Tensor4D {
  return clipByValue(add(image, mul(randomTensor(image.shape, seed), amount)), -1, 1);
}

function filled(shape: [number, number, number, number], value: number): Tensor4D {
  return fill(shape, value);
}

function valuesOf(work: () => Tensor): number[] {
  const result = tidy(work);
  const values = Array.from(result.dataSync());
  result.dispose();
  return values;
}

describeOnBackends('Lpips', ['wasm'], () => {
  describe.each(NET_NAMES)('%s', (net: NetName) => {
    const side = SIDES[net];
    const width = side + 3;
    let lpips: Lpips;
    let image: Tensor4D;
    let reference: Tensor4D;
    beforeAll(() => {
      lpips = Lpips.fromWeights(weightsOf(net), { net });
      reference = concat([blob(side), noisy(blob(side), 0.1, 2)]);
      image = concat([noisy(blob(side), 0.3, 3), blob(side)]);
    });
    afterAll(() => lpips.dispose());

    const distance = (x: Tensor4D | Features, y: Tensor4D | Features, options = {}) =>
      valuesOf(() => lpips.distance(x, y, options));

    it('is 0 for identical images', () => {
      expect(distance(image, image)).toEqual([0, 0]);
    });

    it('is symmetric and not negative', () => {
      const there = distance(image, reference);
      expect(Math.min(...there)).toBeGreaterThan(0);
      expect(relativeError(distance(reference, image), there)).toBeLessThan(FLOAT_NOISE);
    });

    it('grows over a noise sweep', () => {
      const sweep = [0.05, 0.1, 0.2, 0.4].map((amount) =>
        at(distance(noisy(blob(side), amount, 5), blob(side)), 0),
      );
      expect(sweep).toEqual([...sweep].sort((a, b) => a - b));
      expect(new Set(sweep).size).toBe(sweep.length);
    });

    it('gives a batch the distances of its images, and one reference stands against all', () => {
      const single = (x: Tensor4D, i: number): Tensor4D => slice(x, [i, 0, 0, 0], [1, -1, -1, -1]);
      const singles = [0, 1].flatMap((i) => distance(single(image, i), single(reference, i)));
      expect(relativeError(distance(image, reference), singles)).toBeLessThan(FLOAT_NOISE);
      const against = [0, 1].flatMap((i) => distance(single(image, i), single(reference, 0)));
      expect(relativeError(distance(image, single(reference, 0)), against)).toBeLessThan(FLOAT_NOISE);
    });

    it('the heads weigh pooled differences to the distance, with cached features too', () => {
      const heads = [...lpips.weights]
        .filter(([name]) => name.startsWith('lin'))
        .flatMap(([, { data }]) => [...data]);
      const features = lpips.features(reference);
      for (const other of [reference, features]) {
        const { means, variances } = lpips.pooledDifferences(image, other);
        expect(means.shape).toEqual([2, heads.length]);
        const rows = means.arraySync();
        const weighed = rows.map((row) => row.reduce((sum, p, c) => sum + p * at(heads, c), 0));
        expect(relativeError(weighed, distance(image, reference))).toBeLessThan(FLOAT_NOISE / 2);
        // Σx² lies between (Σx)²/n, all positions alike, and (Σx)², one position alone.
        for (const [row, spread] of variances.arraySync().entries()) {
          for (const [c, variance] of spread.entries()) {
            expect(variance).toBeLessThanOrEqual(at(at(rows, row), c) ** 2 * (1 + 1e-5));
          }
        }
        means.dispose();
        variances.dispose();
      }
      features.dispose();
    });

    it('layers sum to the distance, and the map has it as its mean but for the edges of the upsampling', () => {
      const layers = valuesOf(() => sum(lpips.layers(image, reference), 1));
      expect(relativeError(layers, distance(image, reference))).toBeLessThan(FLOAT_NOISE);
      const mean = valuesOf(() => lpips.map(image, reference).mean([1, 2, 3]));
      expect(relativeError(mean, layers)).toBeLessThan(0.05);
    });

    it('gives the same from cached features, on either side or both', () => {
      const [u, v] = [lpips.features(image), lpips.features(reference)];
      const direct = distance(image, reference);
      expect(distance(image, v)).toEqual(direct);
      expect(distance(u, reference)).toEqual(direct);
      expect(distance(u, v)).toEqual(direct);
      expect(valuesOf(() => lpips.map(image, v))).toEqual(valuesOf(() => lpips.map(image, reference)));
      u.dispose();
      v.dispose();
    });

    it('ignores everything outside a mask', () => {
      const inside = (x: number) => (x < side / 2 ? 1 : 0);
      const mask = tensor4d(
        Float32Array.from({ length: side * width }, (_, i) => inside(i % width)),
        [1, side, width, 1],
      );
      const spoiled: Tensor4D = tidy(() =>
        add(mul(image, mask), mul(randomTensor(image.shape, 9), mask.mul(-1).add(1))),
      );
      const masked = distance(image, reference, { mask });
      expect(distance(spoiled, reference, { mask })).toEqual(masked);
      expect(Math.min(...masked)).toBeGreaterThan(0);
      const features = lpips.features(reference);
      expect(distance(spoiled, features, { mask })).toEqual(masked);
      features.dispose();
      const gradient = gradientOf((x) => lpips.distance(x, reference, { mask }), image, [1, 1]);
      const outside = gradient.filter((_, i) => inside(Math.floor(i / 3) % width) === 0);
      expect(outside.every((value) => value === 0)).toBe(true);
      expect(gradient.some((value) => value !== 0)).toBe(true);
    });

    it('is the plain mean under a mask of ones', () => {
      const mask = filled([2, side, width, 1], 1);
      expect(relativeError(distance(image, reference, { mask }), distance(image, reference))).toBeLessThan(
        FLOAT_NOISE,
      );
    });

    it('takes greyscale as three equal channels, and the three ranges', () => {
      const grey = randomTensor([1, side, side, 1], 6, 0, 1);
      const other = randomTensor([1, side, side, 1], 7, 0, 1);
      const repeated = (x: Tensor4D): Tensor4D => concat([x, x, x], 3);
      const expected = distance(repeated(grey), repeated(other), { range: [0, 1] });
      expect(distance(grey, other, { range: [0, 1] })).toEqual(expected);
      const [x, y] = [grey, other].map((t) => t.mul(255).round() as Tensor4D);
      if (!x || !y) throw new Error('no images');
      const floats = distance(x, y, { range: [0, 255] });
      expect(relativeError(floats, expected)).toBeLessThan(0.02);
      expect(distance(x.toInt(), y.toInt(), { range: [0, 255] })).toEqual(floats);
    });

    it('gives finite gradients for black, white and identical images', () => {
      const black = filled([1, side, side, 3], -1);
      const white = filled([1, side, side, 3], 1);
      for (const [x, y] of [
        [black, white],
        [white, black],
        [black, black],
        [blob(side), blob(side)],
      ] as [Tensor4D, Tensor4D][]) {
        const gradient = gradientOf((x) => lpips.distance(x, y), x, [1]);
        expect(gradient.every(Number.isFinite)).toBe(true);
      }
      expect(gradientOf((x) => lpips.distance(x, black), black, [1]).every((value) => value === 0)).toBe(
        true,
      );
    });

    // Processors give the result of 0/0 a sign, which tells NaN apart for a relu that compares floats as integers.
    it.each([
      ['NaN', 0x7fc00000],
      ['NaN with its sign bit', 0xffc00000],
      ['infinity', 0x7f800000],
    ])('propagates %s instead of hiding it', (_, bits) => {
      const values = blob(side).dataSync<'float32'>().slice();
      new Uint32Array(values.buffer)[((side / 2) * width + side / 2) * 3 + 1] = bits; // in the middle, channel 1
      const spoilt = tensor4d(values, [1, side, width, 3]);
      expect(distance(spoilt, blob(side))).toEqual([Number.NaN]);
      expect(distance(blob(side), spoilt)).toEqual([Number.NaN]);
    });

    it('leaves no tensor behind, and dispose returns to where it began', () => {
      const { numTensors } = memory();
      const own = Lpips.fromWeights(weightsOf(net), { net });
      const [x, y] = [21, 22].map((seed) => randomTensor([1, side + 1, width, 3], seed)) as [
        Tensor4D,
        Tensor4D,
      ];
      const mask = filled([1, side + 1, width, 1], 0.5);
      expectNoLeak(() => {
        own.distance(x, y).dispose();
        own.layers(x, y, { mask }).dispose();
        own.map(x, y, { checkRange: true }).dispose();
        own.features(y).dispose();
        gradientOf((x) => own.distance(x, y, { mask }), x, [1]);
      });
      own.dispose();
      own.dispose();
      for (const tensor of [x, y, mask]) tensor.dispose();
      expect(memory().numTensors).toBe(numTensors);
    });
  });

  describe('gradients', () => {
    let lite: Lpips;
    beforeAll(() => {
      lite = Lpips.fromWeights(weightsOf('lite'), { net: 'lite' });
    });
    afterAll(() => lite.dispose());

    it('agree with central differences, to the image, the reference, the layers and the map: lite 8x9', () => {
      const [x, y] = [randomTensor([1, 8, 9, 3], 30), randomTensor([1, 8, 9, 3], 31)];
      const layersDy = randomValues(5, 32);
      const mapDy = randomValues(72, 33);
      for (const [f, input, dy] of [
        [(x: Tensor4D) => lite.distance(x, y), x, [1]],
        [(y: Tensor4D) => lite.distance(x, y), y, [1]],
        [(x: Tensor4D) => lite.layers(x, y), x, layersDy],
        [(x: Tensor4D) => lite.map(x, y), x, mapDy],
      ] as [(x: Tensor4D) => Tensor, Tensor4D, ArrayLike<number>][]) {
        const error = relativeError(gradientOf(f, input, dy), centralDifferences(f, input, dy));
        // Deep relus bend within the step for a few of the 216 values.
        expect(error).toBeLessThan(10 * CENTRAL_DIFFERENCES);
      }
    });

    it('to image and reference at once are those to each alone', () => {
      const [x, y] = [randomTensor([2, 16, 16, 3], 34), randomTensor([2, 16, 16, 3], 35)];
      const both = tidy(() =>
        grads((x: Tensor, y: Tensor) => lite.distance(x as Tensor4D, y as Tensor4D))([x, y]),
      );
      const [dx, dy] = both.map((gradient) => Array.from(gradient.dataSync()));
      expect(dx).toEqual(gradientOf((x) => lite.distance(x, y), x, [1, 1]));
      expect(dy).toEqual(gradientOf((y) => lite.distance(x, y), y, [1, 1]));
    });

    it('flow through features made on the tape, and not through features made before', () => {
      const [x, y] = [randomTensor([1, 16, 16, 3], 36), randomTensor([1, 16, 16, 3], 37)];
      const throughFeatures = gradientOf(
        (y) => {
          const features = lite.features(y);
          const distance = lite.distance(x, features);
          features.dispose();
          return distance;
        },
        y,
        [1],
      );
      expect(throughFeatures).toEqual(gradientOf((y) => lite.distance(x, y), y, [1]));
    });

    it('are refused a gradient of their own, and may be used as constants beside others', () => {
      const [x, y] = [randomTensor([1, 16, 16, 3], 38), randomTensor([1, 16, 16, 3], 39)];
      const slope = (x: Tensor) => grad((x: Tensor) => sum(lite.distance(x as Tensor4D, y)))(x);
      const penalty = (x: Tensor) => sum(slope(x).square());
      expect(() => tidy(() => grad(penalty)(x))).toThrow(
        new LpipsError(
          'gradient: cannot differentiate a gradient of the metric: it has first derivatives only. ' +
            'Compute this gradient before the outer one, and use it as a constant.',
        ),
      );
      const inner = valuesOf(() => slope(x));
      let seen: number[] = [];
      const outer = gradientOf(
        (x) => {
          seen = Array.from(slope(x).dataSync()); // under the tape, on which nothing depends on it
          return lite.distance(x, y);
        },
        x,
        [1],
      );
      expect(seen).toEqual(inner);
      expect(outer).toEqual(inner);
    });

    it('let an optimizer draw an image towards its reference, and change no weight', () => {
      const reference = blob(24);
      const image = variable(noisy(reference, 0.6, 40));
      const before = lite.weights.get('features.0.weight')?.data.slice();
      const start = at(
        valuesOf(() => lite.distance(image, reference)),
        0,
      );
      const features = lite.features(reference);
      const optimizer = train.adam(0.03);
      expectNoLeak(() => optimizer.minimize(() => lite.distance(image, features).mean()), 30);
      expect(valuesOf(() => lite.distance(image, reference))[0]).toBeLessThan(start / 4);
      expect(lite.weights.get('features.0.weight')?.data).toEqual(before);
      features.dispose();
      optimizer.dispose();
      image.dispose();
    });
  });

  it('leaves numTensors where the first call left it: 1,000 distances and 200 gradients of lite at 16x16', () => {
    const lite = Lpips.fromWeights(weightsOf('lite'), { net: 'lite' });
    const [x, y] = [randomTensor([1, 16, 16, 3], 50), randomTensor([1, 16, 16, 3], 51)];
    expectNoLeak(() => lite.distance(x, y).dispose(), 1000);
    expectNoLeak(() => gradientOf((x) => lite.distance(x, y), x, [1]), 200);
    lite.dispose();
  });

  it('names what it is', () => {
    const lite = Lpips.fromWeights(weightsOf('lite'), { net: 'lite' });
    expect([lite.net, lite.version, lite.linear, lite.smallestSize]).toEqual(['lite', LITE_VERSION, true, 8]);
    const baseline = Lpips.fromWeights(weightsOf('alex'), { net: 'alex', version: '0.0', linear: false });
    expect([baseline.net, baseline.version, baseline.linear, baseline.smallestSize]).toEqual([
      'alex',
      '0.0',
      false,
      31,
    ]);
    lite.dispose();
    baseline.dispose();
  });
});
