/**
 * @module
 * Gradients of convolutions beside central differences along one direction: every value of an input counts, at the cost of two values.
 */
import { grads, type Tensor } from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { expect } from 'vitest';

/** Of central differences of float32 sums. */
const DIFFERENCES = 2e-3;
/** Sums of products are linear in each input, so the step may be large. */
const STEP = 2 ** -3;

/**
 * Expects the gradients of Σ dy·f to have the slopes of central differences. To be called in a tidy.
 *
 * @param noise makes a tensor of a shape, which differs for each seed
 */
export function expectCentralSlopes<Input extends Tensor>(
  f: (x: Input, filter: Input) => Tensor,
  inputs: [Input, Input],
  noise: (shape: Input['shape'], seed: number) => Input,
): void {
  const dy = noise(f(...inputs).shape, 0.9);
  const slopes = grads(f as never)(inputs, dy);
  for (const [which, slope] of slopes.entries()) {
    const { shape } = at(inputs, which);
    expect(slope.shape).toEqual(shape);
    const along = noise(shape, 0.6);
    const moved = (step: number) => {
      const there = inputs.map((each, i) => (i === which ? each.add(along.mul(step)) : each));
      return f(...(there as [Input, Input]))
        .mul(dy)
        .sum();
    };
    const expected =
      moved(STEP)
        .sub(moved(-STEP))
        .div(2 * STEP)
        .dataSync()[0] ?? 0;
    const got = slope.mul(along).sum().dataSync()[0] ?? 0;
    expect(Math.abs(got - expected)).toBeLessThan(DIFFERENCES * Math.max(1, Math.abs(expected)));
  }
}
