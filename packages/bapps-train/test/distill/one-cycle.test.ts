import { at } from 'lpips-core';
import { expect, it } from 'vitest';
import { oneCycle } from '../../src/distill/one-cycle.js';

it('rises from 1/25 of the peak to the peak in 30 % of the steps, and ends at 1/250,000', () => {
  expect(oneCycle(0, 100, 4e-3)).toBeCloseTo(4e-3 / 25, 12);
  expect(oneCycle(29, 100, 4e-3)).toBeCloseTo(4e-3, 12);
  expect(oneCycle(99, 100, 4e-3)).toBeCloseTo(4e-3 / 250_000, 12);
});

it('rises, then falls, without a step back', () => {
  const rates = Array.from({ length: 50 }, (_, step) => oneCycle(step, 50, 1));
  const top = rates.indexOf(Math.max(...rates));
  rates.slice(1).forEach((rate, index) => {
    const before = at(rates, index);
    if (index < top) expect(rate).toBeGreaterThan(before);
    else expect(rate).toBeLessThan(before);
  });
});

it('takes the same values as PyTorch’s OneCycleLR: 10 steps to 1', () => {
  // torch.optim.lr_scheduler.OneCycleLR(Adam(lr=1), max_lr=1, total_steps=10)
  const expected = [
    0.04, 0.52, 1, 0.950484632, 0.811745654, 0.611262022, 0.388741978, 0.188258346, 0.049519368, 4e-6,
  ];
  expected.forEach((rate, step) => {
    expect(oneCycle(step, 10, 1)).toBeCloseTo(rate, 6);
  });
});
