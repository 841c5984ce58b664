import { describe, expect, it } from 'vitest';
import { LeastSquares } from '../../../src/distortions/autoencoder/least-squares.js';

describe('LeastSquares', () => {
  it('finds the weights of exact rows, 2 inputs, 2 outputs', () => {
    const problem = new LeastSquares(2, 2);
    // y = [2a − b, a + 3b]
    for (const [a, b] of [
      [1, 0],
      [1, 2],
      [-1, 1],
    ] as const) {
      problem.add(Float64Array.of(a, b), Float64Array.of(2 * a - b, a + 3 * b));
    }
    const weights = [...problem.solve(1e-12)];
    expect(weights.map((weight) => Number(weight.toFixed(9)))).toEqual([2, 1, -1, 3]);
  });

  it('shrinks the weight by the penalty: x = 1, y = 1, λ = 1 gives 1/2', () => {
    const problem = new LeastSquares(1, 1);
    problem.add(Float64Array.of(1), Float64Array.of(1));
    expect(problem.solve(1)[0]).toBeCloseTo(0.5, 12);
  });
});
