import {
  add,
  concat,
  mean,
  mul,
  slice,
  split,
  stack,
  sub,
  sum,
  type Tensor1D,
  type Tensor3D,
  type Tensor4D,
  tensor1d,
  tensor4d,
} from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { expect, it } from 'vitest';
import { describeOnBackends } from '../../../../test/support/backend.js';
import {
  CENTRAL_DIFFERENCES,
  centralDifferences,
  expectGradient,
  expectStockGradient,
  gradientOf,
} from '../../../../test/support/gradient.js';
import { randomTensor, randomValues, relativeError } from '../../../../test/support/numbers.js';
import { composite } from '../../src/operations/composite.js';
import { concatChannels } from '../../src/operations/concat-channels.js';
import { joinTaps, stackTaps, sumTaps } from '../../src/operations/over-taps.js';
import { pooledMoments } from '../../src/operations/pooled-moments.js';
import { averageArea, upsampleBilinear } from '../../src/operations/resample.js';
import { scaleImages } from '../../src/operations/scale-images.js';
import { spatialMean } from '../../src/operations/spatial-mean.js';
import {
  meanWeightedSquaredDifference,
  weightedSquaredDifference,
} from '../../src/operations/weighted-squared-difference.js';

describeOnBackends('the smaller operations', ['wasm', 'cpu'], () => {
  it('concatChannels hands each input its own channels of dy: a=[1,2,2,3] b=[1,2,2,2]', () => {
    const [a, b] = [randomTensor([1, 2, 2, 3], 1), randomTensor([1, 2, 2, 2], 2)];
    expectGradient(
      (a) => concatChannels(a, b),
      a,
      (a) => concat([a, b], 3),
    );
    expectGradient(
      (b) => concatChannels(a, b),
      b,
      (b) => concat([a, b], 3),
    );
  });

  it('weightedSquaredDifference is Σ w (u − v)², worked by hand: (1, 2) against (3, 1), w = (0.5, 4)', () => {
    const [u, v] = [tensor4d([1, 2], [1, 1, 1, 2]), tensor4d([3, 1], [1, 1, 1, 2])];
    const head = tensor4d([0.5, 4], [1, 1, 2, 1]);
    expect([...weightedSquaredDifference(u, v, head).dataSync()]).toEqual([6]);
    expect(gradientOf((u) => weightedSquaredDifference(u, v, head), u, [1])).toEqual([-2, 8]);
    expect(gradientOf((v) => weightedSquaredDifference(u, v, head), v, [1])).toEqual([2, -8]);
  });

  for (const batch of [3, 1]) {
    it(`weightedSquaredDifference agrees with stock operations: u=[3,2,2,4] v=[${batch},2,2,4]`, () => {
      const [u, v] = [randomTensor([3, 2, 2, 4], 3), randomTensor([batch, 2, 2, 4], 4)];
      const head = tensor4d(randomValues(4, 5, 0, 1), [1, 1, 4, 1]);
      const stock = (u: Tensor4D, v: Tensor4D) => {
        const difference = sub(u, v);
        return sum(mul(mul(difference, difference), head.reshape([4])), 3, true);
      };
      expectGradient(
        (u) => weightedSquaredDifference(u, v, head),
        u,
        (u) => stock(u, v),
      );
      expectGradient(
        (v) => weightedSquaredDifference(u, v, head),
        v,
        (v) => stock(u, v),
      );
    });
  }

  // The last is so large that kernels divide it between threads.
  for (const [batch, side, channels] of [
    [3, 2, 4],
    [1, 2, 4],
    [1, 40, 33],
  ] as const) {
    const shape = [side, side, channels] as const;
    it(`meanWeightedSquaredDifference agrees with stock operations: u=[3,${shape.join()}] v=[${batch},${shape.join()}]`, () => {
      const [u, v] = [randomTensor([3, ...shape], 3), randomTensor([batch, ...shape], 4)];
      const head = tensor4d(randomValues(channels, 5, 0, 1), [1, 1, channels, 1]);
      const stock = (u: Tensor4D, v: Tensor4D) => {
        const difference = sub(u, v);
        return mean(sum(mul(mul(difference, difference), head.reshape([channels])), 3), [1, 2]);
      };
      const expectIt = side > 2 ? expectStockGradient : expectGradient;
      expectIt(
        (u) => meanWeightedSquaredDifference(u, v, head),
        u,
        (u) => stock(u, v),
      );
      expectIt(
        (v) => meanWeightedSquaredDifference(u, v, head),
        v,
        (v) => stock(u, v),
      );
      const wanted = stock(u, v).dataSync();
      expect(relativeError(meanWeightedSquaredDifference(u, v, head).dataSync(), wanted)).toBeLessThan(1e-6);
    });
  }

  it('spatialMean is the mean of each image: x=[2,3,5,1]', () => {
    const x = randomTensor([2, 3, 5, 1], 6);
    expectGradient(spatialMean, x, (x) => mean(x, [1, 2, 3]));
  });

  it('spatialMean weights by a mask, and is 0 where the mask is empty', () => {
    const x = tensor4d([1, 2, 3, 4, 5, 6], [2, 1, 3, 1]);
    const weights = tensor4d([1, 0, 3, 0, 0, 0], [2, 1, 3, 1]);
    expect([...spatialMean(x, weights).dataSync()]).toEqual([2.5, 0]);
    expect(gradientOf((x) => spatialMean(x, weights), x, [1, 1])).toEqual([0.25, 0, 0.75, 0, 0, 0]);
  });

  it('pooledMoments are mean and dropout variance, worked by hand: 2x1 positions, differences (1, −2) and (3, 0)', () => {
    const [u, v] = [tensor4d([1, 3, -1, 1], [1, 2, 1, 2]), tensor4d([0, 0, 1, 1], [1, 2, 1, 2])];
    expect([...pooledMoments(u, v).dataSync()]).toEqual([2.5, 4.5, 4.25, 20.25]);
    expect(gradientOf((u) => pooledMoments(u, v), u, [1, 1, 0, 0])).toEqual([1, 3, -2, 0]);
    expect(gradientOf((u) => pooledMoments(u, v), u, [0, 0, 1, 1])).toEqual([1, 27, -8, 0]);
  });

  for (const batch of [3, 1]) {
    it(`pooledMoments agree with stock operations: u=[3,2,3,4] v=[${batch},2,3,4]`, () => {
      const [u, v] = [randomTensor([3, 2, 3, 4], 8), randomTensor([batch, 2, 3, 4], 9)];
      const stock = (u: Tensor4D, v: Tensor4D) => {
        const squared = mul(sub(u, v), sub(u, v));
        return stack([mean(squared, [1, 2]), mean(mul(squared, squared), [1, 2]).div(6)], 1);
      };
      expectGradient(
        (u) => pooledMoments(u, v),
        u,
        (u) => stock(u, v),
      );
      expectGradient(
        (v) => pooledMoments(u, v),
        v,
        (v) => stock(u, v),
      );
      expect(relativeError(pooledMoments(u, v).dataSync(), stock(u, v).dataSync())).toBeLessThan(1e-6);
    });
  }

  it('sumTaps and stackTaps hand dy back to every tap', () => {
    const taps = (x: Tensor4D): Tensor1D[] => split(x, 3, 3).map((part) => part.reshape([2]) as Tensor1D);
    const x = randomTensor([2, 1, 1, 3], 7);
    expectGradient(
      (x) => sumTaps(taps(x)),
      x,
      (x) => sum(x, [1, 2, 3]),
    );
    expectGradient(
      (x) => stackTaps(taps(x)),
      x,
      (x) => x.reshape([2, 3]),
    );
    expect(stackTaps([tensor1d([1, 2]), tensor1d([3, 4])]).arraySync()).toEqual([
      [1, 3],
      [2, 4],
    ]);
  });

  it('joinTaps puts tensors side by side and hands each its columns of dy: [2,2,1] and [2,2,3]', () => {
    const x = randomTensor([2, 2, 1, 4], 10);
    const columns = (x: Tensor4D, from: number, count: number): Tensor3D =>
      slice(x.reshape([2, 2, 4]), [0, 0, from], [2, 2, count]) as Tensor3D;
    expectGradient(
      (x) => joinTaps([columns(x, 1, 3), columns(x, 0, 1)]),
      x,
      (x) => concat([columns(x, 1, 3), columns(x, 0, 1)], 2),
    );
  });

  it('upsampleBilinear has half-pixel centres and repeats the edges, worked by hand: 2 → 4', () => {
    const x = tensor4d([0, 4], [1, 1, 2, 1]);
    expect([...upsampleBilinear(x, 1, 4).dataSync()]).toEqual([0, 1, 3, 4]);
  });

  for (const [h, w, height, width] of [
    [2, 3, 4, 6],
    [3, 2, 7, 5],
    [1, 1, 3, 4],
    [4, 5, 4, 9],
  ] as const) {
    it(`upsampleBilinear's gradient is its transpose: ${h}x${w} → ${height}x${width}`, () => {
      const x = randomTensor([2, h, w, 1], 8);
      const dy = randomValues(2 * height * width, 9);
      const upsample = (x: Tensor4D) => upsampleBilinear(x, height, width);
      const error = relativeError(gradientOf(upsample, x, dy), centralDifferences(upsample, x, dy));
      expect(error).toBeLessThan(CENTRAL_DIFFERENCES);
    });
  }

  it('averageArea counts fractions of pixels and keeps the mean: 3 → 2', () => {
    const x = tensor4d([1, 4, 7], [1, 1, 3, 1]);
    const averaged = [...averageArea(x, 1, 2).dataSync()];
    expect(averaged[0]).toBeCloseTo((1 + 0.5 * 4) / 1.5, 6);
    expect(averaged[1]).toBeCloseTo((0.5 * 4 + 7) / 1.5, 6);
    const image = randomTensor([2, 9, 7, 1], 10);
    const before = at(mean(image).dataSync(), 0);
    expect(mean(averageArea(image, 4, 3)).dataSync()[0]).toBeCloseTo(before, 6);
  });

  it('scaleImages brings the three ranges to the same values, and greyscale to three channels', () => {
    const unit = randomTensor([1, 3, 3, 3], 11);
    const zeroToOne = add(mul(unit, 0.5), 0.5) as Tensor4D;
    const expected = scaleImages(unit, [-1, 1], true).dataSync();
    expect(relativeError(scaleImages(zeroToOne, [0, 1], true).dataSync(), expected)).toBeLessThan(1e-6);
    const bytes = mul(zeroToOne, 255) as Tensor4D;
    expect(relativeError(scaleImages(bytes, [0, 255], true).dataSync(), expected)).toBeLessThan(1e-6);
    const grey = randomTensor([1, 2, 2, 1], 12);
    expect(scaleImages(grey, [-1, 1], true).arraySync()).toEqual(
      scaleImages(concat([grey, grey, grey], 3), [-1, 1], true).arraySync(),
    );
    const stock = (x: Tensor4D) =>
      sub(mul(x, 2), 1)
        .sub(tensor1d([-0.03, -0.088, -0.188]))
        .div(tensor1d([0.458, 0.448, 0.45]));
    expectGradient((x) => scaleImages(x, [0, 1], true), randomTensor([1, 2, 2, 3], 13, 0, 1), stock);
    expectGradient((x) => scaleImages(x, [0, 1], true), randomTensor([1, 2, 2, 1], 14, 0, 1), stock);
  });

  it('composite lets nothing through from outside the mask, not even NaN', () => {
    const mask = tensor4d([1, 0, 0.2, 0], [1, 2, 2, 1]);
    const image = tensor4d([1, Number.NaN, 3, Number.NaN], [1, 2, 2, 1]);
    const reference = tensor4d([5, 6, 7, 8], [1, 2, 2, 1]);
    expect([...composite(image, reference, mask).dataSync()]).toEqual([1, 6, 3, 8]);
    expect(gradientOf((x) => composite(x, reference, mask), image, [1, 2, 3, 4])).toEqual([1, 0, 3, 0]);
    expect(gradientOf((x) => composite(image, x, mask), reference, [1, 2, 3, 4])).toEqual([0, 2, 0, 4]);
    const two = concat([image, image]);
    expect(gradientOf((x) => composite(two, x, mask), reference, [1, 2, 3, 4, 1, 2, 3, 4])).toEqual([
      0, 4, 0, 8,
    ]);
  });
});
