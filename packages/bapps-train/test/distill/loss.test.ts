import { grad, tensor1d } from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { selectBackend } from 'lpips-node';
import { beforeAll, expect, it } from 'vitest';
import { distillationLoss } from '../../src/distill/loss.js';

/** float32 logarithms and sums. */
const ROUNDING = 1e-6;

beforeAll(() => selectBackend('cpu'));

it('gives the value worked out in float64: batch of 2', () => {
  const [d, t] = [
    [
      [0.2, 0.5],
      [0.3, 0.1],
    ],
    [
      [0.25, 0.4],
      [0.2, 0.3],
    ],
  ] as const;
  const log = (value: number) => Math.log(value + 0.03);
  let expected = 0;
  for (const copy of [0, 1] as const) {
    for (const item of [0, 1] as const) {
      const [student, teacher] = [d[copy][item], t[copy][item]];
      expected += (Math.abs(log(student) - log(teacher)) + 2 * (student - teacher) ** 2) / 4;
    }
  }
  for (const item of [0, 1] as const) {
    const delta = log(d[0][item]) - log(d[1][item]);
    const sign = Math.sign(t[0][item] - t[1][item]);
    expected += (0.5 * Math.log(1 + Math.exp(-8 * delta * sign))) / 2;
  }
  const loss = distillationLoss(
    [tensor1d([...d[0]]), tensor1d([...d[1]])],
    [tensor1d([...t[0]]), tensor1d([...t[1]])],
  );
  expect(Math.abs(at(loss.dataSync(), 0) - expected)).toBeLessThan(ROUNDING);
});

it('pushes a copy that is too near away, and one that is too far back', () => {
  const teacher = [tensor1d([0.3]), tensor1d([0.3])] as const;
  const slopeAt = (value: number): number => {
    const gradient = grad((d) => distillationLoss([d.as1D(), tensor1d([0.3])], teacher))(tensor1d([value]));
    return at(gradient.dataSync(), 0);
  };
  expect(slopeAt(0.2)).toBeLessThan(0);
  expect(slopeAt(0.4)).toBeGreaterThan(0);
});

it('is ½ ln 2 where student and teacher agree that two copies are alike, its least for equal ones', () => {
  const same = [tensor1d([0.3]), tensor1d([0.3])] as const;
  expect(distillationLoss(same, same).dataSync()[0]).toBeCloseTo(Math.log(2) / 2, 6);
});
