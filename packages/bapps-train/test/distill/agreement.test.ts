import { expect, it } from 'vitest';
import { agreementOf, spearman } from '../../src/distill/agreement.js';

it('finds ρ = 1 for any growing function, −1 for any falling one', () => {
  const values = [3, 1, 2, 5, 4];
  expect(spearman(values, values.map(Math.exp))).toBe(1);
  expect(
    spearman(
      values,
      values.map((value) => -(value ** 3)),
    ),
  ).toBe(-1);
});

it('gives the value worked by hand: ranks 1 2 3 4 against 2 1 4 3, ρ = 1 − 6·4 / (4·15) = 0.6', () => {
  expect(spearman([1, 2, 3, 4], [20, 10, 40, 30])).toBeCloseTo(0.6, 12);
});

it('gives equal values the mean of their ranks: 0 1 1 3 against 0 1 2 3', () => {
  // ranks 0, 1.5, 1.5, 3: Σ dx·dy = 4.5, Σ dx² = 4.5, Σ dy² = 5
  expect(spearman([7, 8, 8, 9], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12);
});

it('refuses lists of different lengths', () => {
  expect(() => spearman([1, 2], [1])).toThrow(
    'spearman: expected two lists of the same length ≥ 2 for a and b, got 2 and 1.',
  );
});

it('counts triplets whose two copies both put in the same order', () => {
  const teacher = Float32Array.of(0.1, 0.2, 0.4, 0.3, 0.5, 0.6);
  const student = Float32Array.of(0.2, 0.3, 0.1, 0.3, 0.5, 0.7); // wrong for the second
  expect(agreementOf(student, teacher).sameOrder).toBeCloseTo(2 / 3, 12);
});
