/**
 * The loss of a variational autoencoder: its terms against float64, its gradients and its schedule.
 */
import {
  grads,
  mean,
  type Scalar,
  scalar,
  type Tensor,
  type Tensor4D,
  tensor,
  tensor1d,
  train,
  type Variable,
  valueAndGrads,
  variable,
  variableGrads,
} from '@tensorflow/tfjs';
import { at, type Lpips, LpipsError } from 'lpips-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type DiagonalGaussian,
  klDivergence,
  negativeLogLikelihood,
  reconstructionLoss,
  type VaeLossOptions,
  vaeLoss,
} from '../src/index.js';
import {
  expectClose,
  expectNoLeak,
  liteOnWasm,
  seededImages,
  seededTensor,
  valuesOf,
} from './support/wasm.js';

let lpips: Lpips;
beforeAll(async () => {
  lpips = await liteOnWasm();
});
afterAll(() => lpips.dispose());

const [BATCH, SIDE] = [2, 16];
const VALUES = SIDE * SIDE * 3;
/** Step along a direction of unit length, and what rounding of float32 losses leaves of the difference over it. */
const [STEP, CENTRAL_DIFFERENCES] = [2 ** -6, 5e-3];
const image = () => seededImages(BATCH, SIDE, 1);
const target = () => seededImages(BATCH, SIDE, 2);
const code = (): DiagonalGaussian => ({
  mean: seededTensor([BATCH, 2, 2, 4], 3, -2, 2),
  logVariance: seededTensor([BATCH, 2, 2, 4], 4, -3, 1),
});
const learned = (value: number) => variable(scalar(value)) as Variable;

/** Loss of each sample in float64, from the pixels, the distances of the metric, and the code. */
function reference(options: {
  pixel: 'l1' | 'l2';
  weights: number[];
  klWeight: number;
  s?: number;
}): number[] {
  const { pixel, weights, klWeight, s } = options;
  const [x, y] = [image().dataSync(), target().dataSync()];
  const { mean, logVariance } = code();
  const [m, v] = [mean.dataSync(), logVariance.dataSync()];
  const distances = valuesOf(() => lpips.distance(image(), target()));
  return distances.map((distance, sample) => {
    let [pixels, kl] = [0, 0];
    for (let i = sample * VALUES; i < (sample + 1) * VALUES; i++) {
      pixels += Math.abs(at(x, i) - at(y, i)) ** (pixel === 'l1' ? 1 : 2) / VALUES;
    }
    for (let i = sample * 16; i < (sample + 1) * 16; i++) {
      kl += 0.5 * (at(m, i) ** 2 + Math.exp(at(v, i)) - 1 - at(v, i));
    }
    const error = at(weights, 0) * pixels + at(weights, 1) * distance;
    const term = s === undefined ? error : error / Math.exp(s) + s;
    return term + (klWeight * kl) / VALUES;
  });
}

describe('vaeLoss: x=[2,16,16,3] μ=[2,2,2,4]', () => {
  it.each([
    ['l1', [1, 1], 1, undefined],
    ['l1', [2, 0.5], 30, -1.5],
    ['l2', [1, 1], 1e-6, 0],
    ['l2', [0, 1], 5, 2],
  ] as const)(
    'is the sum of its terms: %s, weights %j, KL %d, s=%s',
    (pixel, [ofPixels, ofLpips], klWeight, s) => {
      const decoderLogVariance = s === undefined ? undefined : learned(s);
      const loss = vaeLoss({
        lpips,
        pixel,
        pixelWeight: ofPixels,
        perceptualWeight: ofLpips,
        klWeight,
        ...(decoderLogVariance && { decoderLogVariance }),
      });
      expectClose(
        valuesOf(() => loss(target(), image(), code())),
        reference({ pixel, weights: [ofPixels, ofLpips], klWeight, ...(s !== undefined && { s }) }),
      );
      decoderLogVariance?.dispose();
    },
  );

  it('is the reconstruction loss where the KL divergence has no weight, with its masks and ranges', () => {
    const mask = seededTensor([1, SIDE, SIDE, 1], 5, 0, 1) as Tensor4D;
    const [x, y] = [image().add(1).div(2), target().add(1).div(2)];
    const options = { lpips, mask, range: [0, 1] as [0, 1] };
    expect(valuesOf(() => vaeLoss({ ...options, klWeight: 0 })(y, x, code()))).toEqual(
      valuesOf(() => reconstructionLoss(options)(y, x)),
    );
  });

  it('lets the weight of the KL divergence grow from 0 over the warm-up, and stay: 8 steps', () => {
    const loss = vaeLoss({ lpips, klWeight: 30, klWarmUp: 8 });
    const error = valuesOf(() => reconstructionLoss({ lpips })(target(), image()));
    const divergence = valuesOf(() => klDivergence(code()));
    for (const [step, share] of [
      [0, 0],
      [2, 0.25],
      [8, 1],
      [900, 1],
    ] as const) {
      expectClose(
        valuesOf(() => loss(target(), image(), code(), step)),
        error.map((value, i) => value + (30 * share * at(divergence, i)) / VALUES),
      );
    }
  });

  it('gives the output and the code the gradients of central differences along random directions', () => {
    const s = learned(-1);
    const loss = vaeLoss({ lpips, pixel: 'l2', klWeight: 200, decoderLogVariance: s });
    const { mean: m, logVariance: v } = code();
    const dy = tensor1d([0.7, -1.2]);
    const f = (x: Tensor, mean: Tensor, logVariance: Tensor) => loss(target(), x, { mean, logVariance });
    const inputs = [image(), m, v];
    const gradients = grads(f)(inputs, dy);
    for (const [index, input] of inputs.entries()) {
      const random = seededTensor(input.shape, 60 + index);
      const direction = random.div(random.norm());
      const along = (step: number) => {
        const moved = inputs.map((one, i) => (i === index ? one.add(direction.mul(step)) : one));
        return at(
          valuesOf(() =>
            f(...(moved as [Tensor, Tensor, Tensor]))
              .mul(dy)
              .sum(),
          ),
          0,
        );
      };
      const expected = (along(STEP) - along(-STEP)) / (2 * STEP);
      const actual = at(
        valuesOf(() => at(gradients, index).mul(direction).sum()),
        0,
      );
      const scale = at(
        valuesOf(() => at(gradients, index).norm()),
        0,
      );
      expect(Math.abs(actual - expected) / scale, `input ${index}`).toBeLessThan(CENTRAL_DIFFERENCES);
      expect(scale).toBeGreaterThan(0);
    }
    s.dispose();
  });

  it('gives the output 1 / eˢ of the gradient of the reconstruction', () => {
    const s = learned(1.5);
    const gradientOf = (loss: (x: Tensor) => Tensor) => {
      const [gradient] = grads(loss)([image()]) as [Tensor];
      return gradient;
    };
    expectClose(
      gradientOf((x) => vaeLoss({ lpips, decoderLogVariance: s })(target(), x, code())).dataSync(),
      gradientOf((x) => reconstructionLoss({ lpips })(target(), x))
        .div(Math.exp(1.5))
        .dataSync(),
    );
    s.dispose();
  });

  it('leaves no tensor behind, gradients included', () => {
    const [s, x, y, { mean: m, logVariance: v }] = [learned(0), image(), target(), code()];
    const loss = vaeLoss({ lpips, decoderLogVariance: s, klWarmUp: 5 });
    expectNoLeak(() => {
      loss(y, x, { mean: m, logVariance: v }, 3).dispose();
      const { value, grads } = valueAndGrads((x: Tensor, mean: Tensor, logVariance: Tensor) =>
        loss(y, x, { mean, logVariance }, 3),
      )([x, m, v]);
      for (const made of [value, ...grads]) made.dispose();
    });
    s.dispose();
  });

  it.each([
    [
      { klweight: 1 },
      'vaeLoss: expected lpips, pixel, pixelWeight, perceptualWeight, range, checkRange, mask, tiles, onTile, randomShift, seed, targets, ' +
        'onWarning, klWeight, klWarmUp, decoderLogVariance for options, got "klweight". Is it a spelling mistake?',
    ],
    [{ klWeight: -1 }, 'vaeLoss: expected a number of at least 0 for klWeight, got -1.'],
    [{ klWarmUp: 2.5 }, 'vaeLoss: expected a whole number of at least 0 for klWarmUp, got 2.5.'],
    [
      { decoderLogVariance: 0 },
      'vaeLoss: expected a variable in use for decoderLogVariance, got the number 0. tf.variable(tf.scalar(0)) makes one.',
    ],
    [{ pixel: 'l3' }, `reconstructionLoss: expected 'l1' or 'l2' or 'charbonnier' for pixel, got "l3".`],
    [
      { pixelWeight: 0, perceptualWeight: 0 },
      'reconstructionLoss: cannot train anything: pixelWeight and perceptualWeight are both 0. ' +
        'Give at least one of them a value above 0.',
    ],
  ])('refuses options that make no sense: %j', (options, message) => {
    expect(() => vaeLoss({ lpips, ...options } as VaeLossOptions)).toThrow(new LpipsError(message));
  });

  it('refuses a log-variance that is no scalar, or disposed, also between two steps', () => {
    const [wide, gone] = [variable(tensor1d([0, 0])), learned(0)];
    expect(() => vaeLoss({ lpips, decoderLogVariance: wide })).toThrow(
      new LpipsError(
        'vaeLoss: expected a scalar for decoderLogVariance, got [2]. tf.variable(tf.scalar(0)) makes one.',
      ),
    );
    const loss = vaeLoss({ lpips, decoderLogVariance: gone });
    gone.dispose();
    expect(() => loss(target(), image(), code())).toThrow('got a disposed one.');
    wide.dispose();
  });

  it('refuses a code of another batch, none, a step that is missing or negative, and images that do not fit', () => {
    const loss = vaeLoss({ lpips, klWarmUp: 5 });
    const other = { mean: tensor([1], [1, 1]), logVariance: tensor([1], [1, 1]) };
    expect(() => loss(target(), image(), other, 1)).toThrow(
      new LpipsError('vaeLoss: expected [2, …], as many as there are images, for code, got [1, 1].'),
    );
    expect(() => loss(target(), image(), undefined as never, 1)).toThrow(
      'vaeLoss: expected an object with mean and logVariance for code, got undefined.',
    );
    expect(() => loss(target(), image(), code())).toThrow(
      new LpipsError(
        'vaeLoss: expected the number of the step for step, got undefined. ' +
          'The weight of the KL divergence depends on it: klWarmUp.',
      ),
    );
    expect(() => loss(target(), image(), code(), -1)).toThrow(
      new LpipsError('vaeLoss: expected a number of at least 0 for step, got -1.'),
    );
    expect(() => loss(seededImages(3, SIDE, 1), image(), code(), 1)).toThrow(
      'expected [2, 16, 16, 3], the shape of the output, for yTrue, got [3, 16, 16, 3].',
    );
  });
});

describe('negativeLogLikelihood', () => {
  it('is rec / eˢ + s, and has 1 − rec / eˢ as its gradient at s, worked by hand', () => {
    const s = learned(Math.log(0.5));
    const { value, grads } = variableGrads(
      () => negativeLogLikelihood(tensor1d([2, 1]), s).sum() as Scalar,
      [s],
    );
    expectClose(value.dataSync(), [4 + 2 + 2 * Math.log(0.5)]);
    expectClose(at(Object.values(grads), 0).dataSync(), [1 - 4 + 1 - 2]);
    s.dispose();
  });

  it('lets an optimiser find s = ln rec', () => {
    const [s, error] = [learned(0), tensor1d([0.1, 0.3])];
    const optimizer = train.adam(0.1);
    for (let step = 0; step < 200; step++) {
      optimizer.minimize(() => mean(negativeLogLikelihood(error, s)) as Scalar, false, [s]);
    }
    expect(Math.abs(at(s.dataSync(), 0) - Math.log(0.2))).toBeLessThan(1e-3);
    optimizer.dispose();
    s.dispose();
  });
});
