import { grad, type Scalar, type Tensor, tensor, tensor1d, variable } from '@tensorflow/tfjs';
import { LpipsError } from 'lpips-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  adaptiveWeight,
  adversarialWeight,
  discriminatorLoss,
  generatorLoss,
  patchDiscriminator,
} from '../src/index.js';
import { expectClose, expectNoLeak, liteOnWasm, seededImages, valuesOf } from './support/wasm.js';

beforeAll(async () => {
  (await liteOnWasm()).dispose();
});

const softplus = (x: number) => Math.log(1 + Math.exp(x));

describe('adversarial losses, worked by hand: real=(2,0) fake=(-3,1)', () => {
  const real = () => tensor([2, 0], [1, 2, 1, 1]);
  const fake = () => tensor([-3, 1], [1, 2, 1, 1]);
  const cross = 0.5 * ((softplus(-2) + softplus(0)) / 2 + (softplus(-3) + softplus(1)) / 2);

  it.each([
    ['hinge', 0.5 * ((0 + 1) / 2 + (0 + 2) / 2), 1],
    ['vanilla', cross, -(softplus(-3) + softplus(1)) / 2],
    ['non-saturating', cross, (softplus(3) + softplus(-1)) / 2],
  ] as const)('%s', (kind, discriminator, generator) => {
    expectClose(
      valuesOf(() => discriminatorLoss(kind, real(), fake())),
      [discriminator],
    );
    expectClose(
      valuesOf(() => generatorLoss(kind, fake())),
      [generator],
    );
  });

  it.each(['hinge', 'vanilla', 'non-saturating'] as const)('%s moves both sides the right way', (kind) => {
    const pull = (loss: (logits: Tensor) => Tensor) =>
      valuesOf(() => grad(loss)(tensor([0.5, -0.5], [1, 2])));
    expect(Math.max(...pull((fake) => generatorLoss(kind, fake)))).toBeLessThan(0);
    expect(Math.max(...pull((real) => discriminatorLoss(kind, real, real.mul(0))))).toBeLessThan(0);
    expect(Math.min(...pull((fake) => discriminatorLoss(kind, fake.mul(0), fake)))).toBeGreaterThan(0);
  });

  it('keeps samples apart, and names games that it does not know', () => {
    expect(valuesOf(() => generatorLoss('hinge', tensor([1, 2, 3, 4], [2, 2])))).toEqual([-1.5, -3.5]);
    expect(() => generatorLoss('wasserstein' as 'hinge', fake())).toThrow(
      new LpipsError(
        `generatorLoss: expected 'hinge' or 'vanilla' or 'non-saturating' for kind, got "wasserstein".`,
      ),
    );
  });

  it('leaves no tensor behind', () => {
    const [r, f] = [real(), fake()];
    expectNoLeak(() => {
      discriminatorLoss('hinge', r, f).dispose();
      generatorLoss('non-saturating', f).dispose();
    });
  });
});

describe('adaptiveWeight', () => {
  it('is the ratio of the gradient norms at the last layer, worked by hand: (3,4) and (0,2)', () => {
    const last = variable(tensor1d([1, 1]));
    const of = (slope: number[]) => (): Scalar => last.mul(tensor1d(slope)).sum();
    expectClose(
      valuesOf(() => adaptiveWeight(of([3, 4]), of([0, 2]), last)),
      [5 / (2 + 1e-4)],
    );
    expectClose(
      valuesOf(() => adaptiveWeight(of([3e9, 0]), of([0, 0]), last)),
      [1e4],
    );
    expectNoLeak(() => adaptiveWeight(of([3, 4]), of([0, 2]), last).dispose());
    last.dispose();
  });

  it('refuses a loss that does not depend on the last layer, what is no scalar, no function or no variable', () => {
    const [last, other] = [variable(tensor1d([1, 1])), variable(tensor1d([1, 1]))];
    const on = (x: Tensor) => (): Scalar => x.sum();
    const sentence = (name: string) =>
      `adaptiveWeight: expected weights that both losses depend on for lastLayer, got ${last.name}, on which ${name} ` +
      'does not depend. Give the weights that the generator ends with.';
    const weigh = (...args: unknown[]) => {
      const call = () => adaptiveWeight(...(args as Parameters<typeof adaptiveWeight>));
      return call;
    };
    expect(weigh(on(other), on(last), last)).toThrow(new LpipsError(sentence('reconstruction')));
    expect(weigh(on(last), on(other), last)).toThrow(new LpipsError(sentence('adversarial')));
    expect(weigh(() => last.mul(2), on(last), last)).toThrow(
      new LpipsError(
        'adaptiveWeight: expected a function that returns a scalar for reconstruction, got one of shape [2]. Take the mean.',
      ),
    );
    expect(weigh(on(last), 3, last)).toThrow(
      new LpipsError('adaptiveWeight: expected a function for adversarial, got number.'),
    );
    const advice = 'layer.trainableWeights[0].read() gives the one of a layer.';
    expect(weigh(on(last), on(last), undefined)).toThrow(
      new LpipsError(`adaptiveWeight: expected a variable in use for lastLayer, got undefined. ${advice}`),
    );
    const fault = new Error('of the loss itself');
    expect(
      weigh(
        () => {
          throw fault;
        },
        on(last),
        last,
      ),
    ).toThrow(fault);
    other.dispose();
    last.dispose();
    expect(weigh(on(last), on(last), last)).toThrow('got a disposed one');
  });

  it('refuses logits that are no tensors or disposed, a step that is no number and unknown options', () => {
    const gone = tensor([1]);
    gone.dispose();
    expect(() => discriminatorLoss('hinge', tensor([1]), gone)).toThrow(
      new LpipsError(
        'discriminatorLoss: expected a tensor that is not disposed for fake, got a disposed one. ' +
          'Keep it until the call has returned, with tf.keep inside a tf.tidy.',
      ),
    );
    expect(() => discriminatorLoss('hinge', 1 as never, gone)).toThrow(
      new LpipsError(
        'discriminatorLoss: expected a tensor for real, got the number 1. Make one with tf.tensor.',
      ),
    );
    expect(() => generatorLoss('hinge', null as never)).toThrow(
      new LpipsError('generatorLoss: expected a tensor for fake, got null. Make one with tf.tensor.'),
    );
    expect(() => adversarialWeight('3' as never)).toThrow(LpipsError);
    expect(() => adversarialWeight(Number.NaN)).toThrow(
      new LpipsError('adversarialWeight: expected a number of at least 0 for step, got NaN.'),
    );
    expect(() => adversarialWeight(1, { begin: 3 } as never)).toThrow(
      new LpipsError(
        'adversarialWeight: expected start, warmUp, weight for options, got "begin". Is it a spelling mistake?',
      ),
    );
  });

  it('starts at its step', () => {
    expect([0, 9, 10].map((step) => adversarialWeight(step, { start: 10, weight: 0.8 }))).toEqual([
      0, 0, 0.8,
    ]);
    expect(adversarialWeight(0)).toBe(1);
  });

  it('grows on a straight line from its start over the warm-up', () => {
    const options = { start: 10, warmUp: 4, weight: 0.8 };
    expect([0, 10, 11, 12, 14, 99].map((step) => adversarialWeight(step, options))).toEqual([
      0, 0, 0.2, 0.4, 0.8, 0.8,
    ]);
    expect(() => adversarialWeight(1, { warmUp: 0.5 })).toThrow(
      new LpipsError('adversarialWeight: expected a whole number of at least 0 for warmUp, got 0.5.'),
    );
  });
});

describe('patchDiscriminator', () => {
  it.each([
    [[256, 256, 3], 3, [30, 30]],
    [[64, 64, 3], 3, [6, 6]],
    [[64, 48, 1], 2, [14, 10]],
    [[32, 32, 3], 1, [14, 14]],
  ] as const)('judges [%s] with %i strided layers', (inputShape, depth, [rows, columns]) => {
    const model = patchDiscriminator({ inputShape: [...inputShape], depth, filters: 2 });
    expect(model.outputShape).toEqual([null, rows, columns, 1]);
    model.dispose();
  });

  it('has the trainable weights of pix2pix, 2,768,705 less those for a condition of 3 channels', () => {
    const model = patchDiscriminator({ inputShape: [64, 64, 3] });
    const trainable = model.trainableWeights.map(({ shape }) =>
      shape.reduce<number>((n, side) => n * (side ?? 1), 1),
    );
    expect(trainable.reduce((sum, size) => sum + size)).toBe(2_768_705 - 4 * 4 * 3 * 64);
    model.dispose();
  });

  it('is seeded, gives logits of either sign, and has no batch normalisation where none is wanted', () => {
    const logits = (seed: number) => {
      const model = patchDiscriminator({
        inputShape: [32, 32, 3],
        filters: 4,
        depth: 1,
        normalization: 'none',
        seed,
      });
      const values = valuesOf(() => model.predict(seededImages(2, 32, 1)) as Tensor);
      expect(model.layers.some((layer) => layer.getClassName() === 'BatchNormalization')).toBe(false);
      model.dispose();
      return values;
    };
    const seen = logits(1);
    expect(Math.min(...seen)).toBeLessThan(0);
    expect(Math.max(...seen)).toBeGreaterThan(0);
    expect(logits(1)).toEqual(seen);
    expect(logits(2)).not.toEqual(seen);
  });

  it('refuses images that are too small', () => {
    expect(() => patchDiscriminator({ inputShape: [16, 64, 3] })).toThrow(
      new LpipsError(
        'patchDiscriminator: expected at least 24x24 pixels for inputShape, got 16x64. Use fewer layers: depth.',
      ),
    );
  });
});
