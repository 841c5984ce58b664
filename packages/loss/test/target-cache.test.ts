import { gather, grad, type Tensor, type Tensor4D } from '@tensorflow/tfjs';
import { type Lpips, LpipsError } from 'lpips-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cacheTargets, lpipsLoss, reconstructionLoss } from '../src/index.js';
import { expectNoLeak, liteOnWasm, seededImages, valuesOf } from './support/wasm.js';

let lpips: Lpips;
beforeAll(async () => {
  lpips = await liteOnWasm();
});
afterAll(() => lpips.dispose());

describe('cacheTargets', () => {
  it('finds targets in any order and gives the same distances and gradients: 5 targets of 16x16', () => {
    const [targets, images] = [seededImages(5, 16, 1), seededImages(3, 16, 2)];
    const cache = cacheTargets(lpips, targets, { batchSize: 2 });
    const drawn: Tensor4D = gather(targets, [4, 0, 4]);
    const [plain, cached] = [lpipsLoss(lpips), lpipsLoss(lpips, { targets: cache })];
    const passes = vi.spyOn(lpips, 'featuresFrom');
    expect(valuesOf(() => cached(drawn, images))).toEqual(valuesOf(() => plain(drawn, images)));
    expect(passes).toHaveBeenCalledOnce();
    passes.mockRestore();
    const gradient = (loss: typeof plain) => valuesOf(() => grad((x: Tensor) => loss(drawn, x))(images));
    expect(gradient(cached)).toEqual(gradient(plain));
    expectNoLeak(() => grad((x: Tensor) => cached(drawn, x))(images).dispose());
    cache.dispose();
  });

  it('computes targets that it does not know', () => {
    const [targets, others, images] = [1, 2, 3].map((seed) => seededImages(2, 16, seed)) as [
      Tensor4D,
      Tensor4D,
      Tensor4D,
    ];
    const cache = cacheTargets(lpips, targets);
    const loss = lpipsLoss(lpips, { targets: cache });
    expect(cache.find(others)).toBeUndefined();
    expect(valuesOf(() => loss(others, images))).toEqual(valuesOf(() => lpips.distance(images, others)));
    cache.dispose();
  });

  it('tells targets of other shapes apart, though their numbers are the same: 8x32 and 16x16', () => {
    const targets = seededImages(1, 16, 1);
    const wide: Tensor4D = targets.reshape([1, 8, 32, 3]);
    const cache = cacheTargets(lpips, targets);
    expect(cache.find(wide)).toBeUndefined();
    const image: Tensor4D = seededImages(1, 16, 2).reshape([1, 8, 32, 3]);
    const cached = lpipsLoss(lpips, { targets: cache });
    expect(valuesOf(() => cached(wide, image))).toEqual(valuesOf(() => lpips.distance(image, wide)));
    cache.dispose();
  });

  it('holds equal targets once, says what it costs and releases all of it', () => {
    const targets = gather(seededImages(2, 16, 1), [0, 1, 0, 0]) as Tensor4D;
    const different = gather(targets, [0, 1]) as Tensor4D;
    expectNoLeak(() => {
      const cache = cacheTargets(lpips, targets);
      expect(cache.size).toBe(2);
      const features = lpips.features(different);
      expect(cache.bytes).toBe(features.bytes);
      features.dispose();
      cache.dispose();
      cache.dispose();
    });
  });

  it('states its cost in its documentation: 0.6 MB for 64x64 with lite', () => {
    const cache = cacheTargets(lpips, seededImages(1, 64, 1));
    expect(cache.bytes / 1e6).toBeCloseTo(0.6, 1);
    cache.dispose();
  });

  it('is refused by another metric, in another range and beside randomShift', async () => {
    const cache = cacheTargets(lpips, seededImages(1, 16, 1));
    const other = await liteOnWasm();
    expect(() => lpipsLoss(other, { targets: cache })).toThrow(
      new LpipsError(
        'lpipsLoss: expected features of this Lpips for targets, got features of another (lite). Make them with cacheTargets and the Lpips of the loss.',
      ),
    );
    expect(() => reconstructionLoss({ lpips, targets: cache, range: [0, 1] })).toThrow(
      new LpipsError(
        'lpipsLoss: expected targets in [0, 1] for targets, got targets in [-1, 1]. Give cacheTargets and the loss the same range.',
      ),
    );
    expect(() => lpipsLoss(lpips, { targets: cache, randomShift: 2 })).toThrow(
      'cannot use randomShift with targets',
    );
    other.dispose();
    cache.dispose();
  });
});
