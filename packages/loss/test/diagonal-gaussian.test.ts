/**
 * The code of a variational autoencoder: its KL divergence against float64 and an integral, and its samples.
 */
import { grad, grads, memory, type Tensor, tensor, tidy } from '@tensorflow/tfjs';
import { at, LpipsError } from 'lpips-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { codeSampler, type DiagonalGaussian, diagonalGaussian, klDivergence } from '../src/index.js';
import { expectClose, expectNoLeak, liteOnWasm, seededTensor, valuesOf } from './support/wasm.js';

beforeAll(async () => {
  (await liteOnWasm()).dispose();
});

const SHAPE = [3, 2, 2, 5];
const PER_SAMPLE = 20;
/** Step of central differences in float64. */
const STEP = 1e-5;
const means = () => seededTensor(SHAPE, 1, -2, 2);
const logVariances = () => seededTensor(SHAPE, 2, -4, 1.5);
const code = (): DiagonalGaussian => ({ mean: means(), logVariance: logVariances() });
const klOf = (mean: number, logVariance: number) =>
  0.5 * (mean ** 2 + Math.exp(logVariance) - 1 - logVariance);

/** ∫ q ln(q / p) over twelve deviations to each side, in float64. */
function klByIntegration(mean: number, logVariance: number): number {
  const deviation = Math.exp(logVariance / 2);
  const [count, reach] = [4000, 12];
  let sum = 0;
  for (let i = 0; i <= count; i++) {
    const z = reach * ((2 * i) / count - 1);
    const x = mean + deviation * z;
    const logRatio = -Math.log(deviation) - z ** 2 / 2 + x ** 2 / 2;
    sum += (Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI)) * logRatio * ((2 * reach) / count);
  }
  return sum;
}

describe('klDivergence', () => {
  it('is, worked by hand: (μ, σ²) = (0, 1), (3, 1), (0, e)', () => {
    const gaussian = { mean: tensor([0, 3, 0], [3, 1]), logVariance: tensor([0, 0, 1], [3, 1]) };
    expectClose(
      valuesOf(() => klDivergence(gaussian)),
      [0, 4.5, (Math.E - 2) / 2],
    );
  });

  it.each([
    [0.3, -1.7],
    [-2, 0.4],
    [0, -6],
    [1.5, 2],
  ])('is the integral of q ln(q / p): μ=%d ln σ²=%d', (mean, logVariance) => {
    expectClose(
      valuesOf(() =>
        klDivergence({ mean: tensor([mean], [1, 1]), logVariance: tensor([logVariance], [1, 1]) }),
      ),
      [klByIntegration(mean, logVariance)],
    );
  });

  it('adds over all values of a sample and keeps samples apart: μ=[3,2,2,5]', () => {
    const [m, v] = [means().dataSync(), logVariances().dataSync()];
    const expected = [0, 1, 2].map((sample) => {
      let sum = 0;
      for (let i = 0; i < PER_SAMPLE; i++)
        sum += klOf(at(m, sample * PER_SAMPLE + i), at(v, sample * PER_SAMPLE + i));
      return sum;
    });
    expectClose(
      valuesOf(() => klDivergence(code())),
      expected,
    );
  });

  it('has the gradient of central differences in float64, for each mean and log-variance', () => {
    const [m, v, dy] = [means(), logVariances(), seededTensor([3], 3)];
    const [ofMean, ofLogVariance] = grads((mean: Tensor, logVariance: Tensor) =>
      klDivergence({ mean, logVariance }),
    )([m, v], dy) as [Tensor, Tensor];
    const [ms, vs, weights] = [m.dataSync(), v.dataSync(), dy.dataSync()];
    const difference = (f: (h: number) => number, i: number) =>
      (at(weights, Math.floor(i / PER_SAMPLE)) * (f(STEP) - f(-STEP))) / (2 * STEP);
    expectClose(
      ofMean.dataSync(),
      Array.from(ms, (mean, i) => difference((h) => klOf(mean + h, at(vs, i)), i)),
    );
    expectClose(
      ofLogVariance.dataSync(),
      Array.from(vs, (logVariance, i) => difference((h) => klOf(at(ms, i), logVariance + h), i)),
    );
  });

  it('refuses what is no code, by name', () => {
    const [mean, gone] = [means(), means()];
    gone.dispose();
    const refusal = (code: unknown) => () => klDivergence(code as DiagonalGaussian);
    expect(refusal(mean)).toThrow(
      new LpipsError(
        'klDivergence: expected an object with mean and logVariance for code, got a tensor. ' +
          'diagonalGaussian makes one of what an encoder gives.',
      ),
    );
    expect(refusal(undefined)).toThrow('got undefined.');
    expect(refusal({ mean, logVariance: 2 })).toThrow(
      new LpipsError(
        'klDivergence: expected a tensor for logVariance, got the number 2. Make one with tf.tensor.',
      ),
    );
    expect(refusal({ mean: gone, logVariance: mean })).toThrow(
      'expected a tensor that is not disposed for mean, got a disposed one.',
    );
    expect(refusal({ mean, logVariance: tensor([1, 2], [1, 2]) })).toThrow(
      new LpipsError('klDivergence: expected [3, 2, 2, 5], the shape of mean, for logVariance, got [1, 2].'),
    );
  });
});

describe('diagonalGaussian', () => {
  it('takes means and log-variances from the halves of the channels, and holds these in [-30, 20]', () => {
    const moments = tensor([1, 2, -40, 3, 4, 5, 6, 50], [2, 1, 4]);
    const { mean, logVariance } = diagonalGaussian(moments);
    expect([mean.shape, [...mean.dataSync()]]).toEqual([
      [2, 1, 2],
      [1, 2, 4, 5],
    ]);
    expect([logVariance.shape, [...logVariance.dataSync()]]).toEqual([
      [2, 1, 2],
      [-30, 3, 6, 20],
    ]);
    const pull = grad((moments: Tensor) => klDivergence(diagonalGaussian(moments)))(moments);
    const still = Array.from(pull.dataSync(), (value) => value === 0);
    expect(still).toEqual([false, false, true, false, false, false, false, true]);
  });

  it.each([
    [[2, 5], '[2, 5]'],
    [[4], '[4]'],
  ])('refuses moments of shape %j', (shape, got) => {
    expect(() => diagonalGaussian(seededTensor(shape, 1))).toThrow(
      new LpipsError(
        `diagonalGaussian: expected [batch, …, 2 · channels] for moments, got ${got}. ` +
          'End the encoder with two channels for each of the code.',
      ),
    );
  });
});

describe('codeSampler', () => {
  it('draws the same samples in every run, others at each call and for each seed', () => {
    const draw = (seed: number) => {
      const sample = codeSampler(seed);
      return [0, 1].map(() => valuesOf(() => sample(code())));
    };
    const [first, second] = draw(7);
    expect(draw(7)).toEqual([first, second]);
    expect(second).not.toEqual(first);
    expect(draw(8)[0]).not.toEqual(first);
    expect(draw(0)).toEqual(draw(0));
  });

  it('draws samples with the mean and deviation of the code: μ=3 σ=½, 20,000 samples', () => {
    const count = 20_000;
    const drawn = valuesOf(() =>
      codeSampler(1)({
        mean: tensor(Array(count).fill(3)),
        logVariance: tensor(Array(count).fill(Math.log(0.25))),
      }),
    );
    const mean = drawn.reduce((sum, value) => sum + value) / count;
    const deviation = Math.sqrt(drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
    // Four times the deviation of these estimates at this many samples.
    expect(Math.abs(mean - 3)).toBeLessThan(0.014);
    expect(Math.abs(deviation - 0.5)).toBeLessThan(0.01);
  });

  it('passes the gradient to mean and log-variance: 1 and ½ (z − μ)', () => {
    const [m, v, dy] = [means(), logVariances(), seededTensor(SHAPE, 5)];
    const [ofMean, ofLogVariance] = grads((mean: Tensor, logVariance: Tensor) =>
      codeSampler(9)({ mean, logVariance }),
    )([m, v], dy) as [Tensor, Tensor];
    expectClose(ofMean.dataSync(), dy.dataSync());
    expectClose(
      ofLogVariance.dataSync(),
      valuesOf(() => codeSampler(9)({ mean: m, logVariance: v }).sub(m).mul(0.5).mul(dy)),
    );
  });

  it('refuses a seed that is not whole, and what is no code', () => {
    expect(() => codeSampler(1.5)).toThrow(
      new LpipsError('codeSampler: expected a whole number of at least 0 for seed, got 1.5.'),
    );
    expect(() => codeSampler(1)({ mean: means() } as DiagonalGaussian)).toThrow(
      'codeSampler: expected an object with mean and logVariance for code, got an object.',
    );
  });
});

it('leaves no tensor behind', () => {
  const moments = seededTensor([2, 3, 3, 8], 1);
  const sample = codeSampler(1);
  expectNoLeak(() => {
    const gaussian = diagonalGaussian(moments);
    for (const made of [sample(gaussian), klDivergence(gaussian), gaussian.mean, gaussian.logVariance]) {
      made.dispose();
    }
    grad((moments: Tensor) => tidy(() => sample(diagonalGaussian(moments))))(moments).dispose();
  });
  const before = memory().numTensors;
  const kept = diagonalGaussian(moments);
  expect(memory().numTensors).toBe(before + 2);
  kept.mean.dispose();
  kept.logVariance.dispose();
});
