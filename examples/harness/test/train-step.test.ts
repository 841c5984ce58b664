import { memory, mul, reshape, scalar, type Tensor, train, type Variable, variable } from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { selectBackend } from 'lpips-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { clippedStep } from '../src/train-step.js';

/** Adam divides by √v + 10⁻⁷ in float32. */
const ADAM = 1e-5;

describe('clippedStep', () => {
  beforeAll(async () => {
    await selectBackend('cpu');
  });

  const slope = (level: Variable, by: number) => (): Tensor => reshape(mul(level, by), [1]);

  it('gives Adam gradients of the largest norm and shorter ones as they are, worked by hand: (600, 800), (0.3, 0.4)', async () => {
    const levels = [variable(scalar(0)), variable(scalar(0))] as [Variable, Variable];
    const adam = train.adam(0.1);
    const along = (a: number, b: number) => (): Tensor => slope(levels[0], a)().add(slope(levels[1], b)());
    expect(await clippedStep(adam, along(600, 800), 1, levels, 1)).toBe(0);
    await clippedStep(adam, along(0.3, 0.4), 2, levels, 1);
    // Gradients 0.6 and 0.3, or 0.8 and 0.4: the second half as long as the first. Adam does not see their scale.
    const [mean, square] = [(0.9 * 0.1 + 0.1 * 0.5) / 0.19, (0.999 * 0.001 + 0.001 * 0.25) / 0.001999];
    const expected = -0.1 - (0.1 * mean) / Math.sqrt(square);
    for (const level of levels) expect(Math.abs(at(level.dataSync(), 0) - expected)).toBeLessThan(ADAM);
    for (const one of [...levels, adam]) one.dispose();
  });

  it('leaves no tensor behind, and ends at the step whose loss is NaN', async () => {
    const level = variable(scalar(1)) as Variable;
    const adam = train.adam(0.1);
    await clippedStep(adam, slope(level, 3), 1, [level], 1);
    const { numTensors } = memory();
    for (let step = 2; step < 5; step++) await clippedStep(adam, slope(level, 3), step, [level], 1);
    expect(memory().numTensors).toBe(numTensors);
    await expect(clippedStep(adam, slope(level, Number.NaN), 5, [level], 1)).rejects.toThrow(
      'expected a finite number for the loss at step 5, got NaN',
    );
    expect(memory().numTensors).toBe(numTensors);
    for (const one of [level, adam]) one.dispose();
  });
});
