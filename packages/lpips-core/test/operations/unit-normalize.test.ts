import { add, backend, div, sqrt, square, sum, type Tensor4D, tensor4d } from '@tensorflow/tfjs';
import { expect, it, vi } from 'vitest';
import { describeOnBackends, expectNoLeak } from '../../../../test/support/backend.js';
import { expectGradient, gradientOf } from '../../../../test/support/gradient.js';
import { randomTensor, randomValues, relativeError } from '../../../../test/support/numbers.js';
import { unitNormalize } from '../../src/operations/unit-normalize.js';

/** Two float32 evaluations in different order. */
const SAME = 1e-5;

const stock = (f: Tensor4D): Tensor4D => div(f, add(sqrt(sum(square(f), 3, true)), 1e-10));

describeOnBackends('unitNormalize', ['wasm', 'cpu'], () => {
  it('scales to length 1, worked by hand: f=[1,1,1,2] (3, 4)', () => {
    const f = tensor4d([3, 4], [1, 1, 1, 2]);
    const u = unitNormalize(f).dataSync();
    expect(u[0]).toBeCloseTo(0.6, 6);
    expect(u[1]).toBeCloseTo(0.8, 6);
    // (dy − u·(dy·u)) / r with dy = (1, 0): (1 − 0.36, −0.48) / 5
    const gradient = gradientOf(unitNormalize, f, [1, 0]);
    expect(gradient[0]).toBeCloseTo(0.128, 6);
    expect(gradient[1]).toBeCloseTo(-0.096, 6);
  });

  for (const shape of [
    [1, 1, 1, 2],
    [2, 3, 2, 5],
    [1, 4, 3, 64],
  ] satisfies [number, number, number, number][]) {
    it(`agrees with stock operations: f=[${shape.join()}]`, () => {
      expectGradient(unitNormalize, randomTensor(shape, 11, 0.5, 2), stock);
    });
  }

  it('gives 0 and the gradient 0 at zero features, where PyTorch gives NaN', () => {
    const f = tensor4d([0, 0, 3, 4], [1, 1, 2, 2]);
    expect([...unitNormalize(f).dataSync()].slice(0, 2)).toEqual([0, 0]);
    expect(gradientOf(unitNormalize, f, [1, 2, 0, 0])).toEqual([0, 0, 0, 0]);
  });

  it('keeps a vanishing feature finite: ‖f‖ = 1e-12, below ε', () => {
    const gradient = gradientOf(unitNormalize, tensor4d([1e-12, 0], [1, 1, 1, 2]), [1, 1]);
    expect(gradient.every(Number.isFinite)).toBe(true);
  });

  it('needs no ε where the backend computes in 16 bits: norms of 2^-14 and 2^-15, the least of which is no divisor', () => {
    const spy = vi.spyOn(backend(), 'floatPrecision').mockReturnValue(16);
    const u = unitNormalize(tensor4d([2 ** -14, 0, 2 ** -15, 0, 0, 0], [1, 1, 3, 2])).dataSync();
    spy.mockRestore();
    expect([...u]).toEqual([1, 0, 0.5, 0, 0, 0]);
  });

  it('gives the same in 16 bits as in 32 where neither range ends: f=[2,3,2,5]', () => {
    const f = randomTensor([2, 3, 2, 5], 14, 0.5, 2);
    const dy = randomValues(60, 15);
    const [value, gradient] = [unitNormalize(f).dataSync(), gradientOf(unitNormalize, f, dy)];
    const spy = vi.spyOn(backend(), 'floatPrecision').mockReturnValue(16);
    expect(relativeError(unitNormalize(f).dataSync(), value)).toBeLessThan(SAME);
    expect(relativeError(gradientOf(unitNormalize, f, dy), gradient)).toBeLessThan(SAME);
    spy.mockRestore();
  });

  it('leaves no tensor behind, forward and gradient', () => {
    const f = randomTensor([1, 4, 4, 3], 12);
    expectNoLeak(() => {
      unitNormalize(f).dispose();
      gradientOf(unitNormalize, f, randomValues(48, 13));
    });
  });
});
