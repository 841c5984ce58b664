/**
 * Captured steps beside the same steps as they are.
 */
import {
  env,
  memory,
  mul,
  type Optimizer,
  type Scalar,
  scalar,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  type Tensor4D,
  tidy,
  train,
  variable,
  variableGrads,
} from '@tensorflow/tfjs';
import { selectBackend } from 'lpips-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { adamw, type CapturedStep, captureStep } from '../../packages/training/src/index.js';
import { suiteOnBackend } from '../support/backends.js';
import {
  autoencoder,
  captured,
  images,
  perceptualLoss,
  stepOf,
  takeValue,
  trained,
} from '../support/training-steps.js';

/** Resident memory that 1,000 steps may add, of which each takes 0.2 MB for its results alone. */
const MOST_GROWTH = 30e6;

const OPTIMIZERS: Record<string, () => Optimizer> = {
  sgd: () => train.sgd(0.01),
  momentum: () => train.momentum(0.01, 0.9),
  nesterov: () => train.momentum(0.01, 0.9, true),
  rmsprop: () => train.rmsprop(1e-3, 0.9, 0.5),
  'centered rmsprop': () => train.rmsprop(1e-3, 0.9, 0.5, undefined, true),
  adam: () => train.adam(1e-3),
  adamw: () => adamw(1e-3, { weightDecay: 0.02 }),
};

for (const backend of ['tensorflow', 'wasm'] as const) {
  await suiteOnBackend('a captured step', backend, (name) => {
    describe(name, () => {
      beforeAll(async () => {
        await selectBackend(backend);
      });

      describe('has the bits of the step as it is', () => {
        it.each(Object.entries(OPTIMIZERS))(
          'with %s over 25 steps, whose learning rate changes',
          (_, optimizer) => {
            const steps: CapturedStep<[Tensor4D], Scalar>[] = [];
            const capturedOne = trained(optimizer(), (step) => (steps[0] = captured(step)));
            expect(capturedOne).toEqual(trained(optimizer(), (step) => step));
            expect(steps[0]?.replays).toBeGreaterThanOrEqual(22);
            steps[0]?.dispose();
          },
        );

        it('with L1 + LPIPS', async () => {
          const { lossOf, dispose } = await perceptualLoss();
          const steps: CapturedStep<[Tensor4D], Scalar>[] = [];
          const capturedOne = trained(train.adam(1e-3), (step) => (steps[0] = captured(step)), lossOf);
          expect(capturedOne).toEqual(trained(train.adam(1e-3), (step) => step, lossOf));
          expect(steps[0]?.replays).toBeGreaterThanOrEqual(22);
          steps[0]?.dispose();
          dispose();
        });

        it('with batches of three shapes by turns', () => {
          const batches = [images(1), images(2, 4), images(3, 2, 16)];
          const steps: CapturedStep<[Tensor4D], Scalar>[] = [];
          const wrap = (step: (batch: Tensor4D) => Scalar) => (steps[0] = captured(step));
          expect(trained(train.adam(1e-3), wrap, undefined, batches)).toEqual(
            trained(train.adam(1e-3), (step) => step, undefined, batches),
          );
          expect(steps[0]?.replays).toBeGreaterThanOrEqual(15);
          steps[0]?.dispose();
        });
      });

      it('with the number of an epoch among its arguments, of which each has 30 calls', () => {
        const warnings: string[] = [];
        const step = captureStep(
          (x: Tensor, { epoch }: { epoch: number }) => (epoch < 10 ? mul(x, epoch) : sub(x, epoch)),
          { onWarning: (message) => warnings.push(message) },
        );
        for (let i = 0; i < 15 * 30; i++) {
          const epoch = Math.floor(i / 30);
          const x = scalar(i);
          expect(takeValue(step(x, { epoch }))).toBe(epoch < 10 ? i * epoch : i - epoch);
          x.dispose();
        }
        expect(warnings).toEqual([]);
        expect(step.replays).toBe(15 * 28);
        step.dispose();
      });

      it('two at once each do their own', () => {
        const lossesOf = (makeSteps: (step: (batch: Tensor4D) => Scalar) => (batch: Tensor4D) => Scalar) => {
          const models = [autoencoder(), autoencoder()];
          const steps = models.map((model, i) => makeSteps(stepOf(model, optimizers[i]?.() as Optimizer)));
          const batch = images(1);
          const losses = Array.from({ length: 8 }, () => steps.map((step) => takeValue(step(batch))));
          for (const model of models) model.dispose();
          return losses;
        };
        const optimizers = [() => train.adam(1e-3), () => train.momentum(0.1, 0.9)];
        expect(lossesOf(captured)).toEqual(lossesOf((step) => step));
      });

      it('leaves no tensor behind in 1,000 steps, and keeps its memory', () => {
        const [model, batch] = [autoencoder(), images(1, 1, 16)];
        const optimizer = train.adam(1e-3);
        const step = captured(stepOf(model, optimizer));
        const take = (steps: number) => {
          for (let i = 0; i < steps; i++) takeValue(step(batch));
        };
        take(300);
        const { numTensors, numDataBuffers, numBytes } = memory();
        const before = process.memoryUsage().rss;
        take(1000);
        expect(memory()).toMatchObject({ numTensors, numDataBuffers, numBytes });
        expect(process.memoryUsage().rss - before).toBeLessThan(MOST_GROWTH);
        expect(step.replays).toBeGreaterThan(1270);
        step.dispose();
        optimizer.dispose();
        model.dispose();
      });

      it('releases what it made when it is disposed, and is then refused', () => {
        const [model, batch, optimizer] = [autoencoder(), images(1), train.adam(1e-3)];
        const outside = stepOf(model, optimizer);
        outside(batch).dispose();
        const { numTensors, numDataBuffers } = memory();
        for (let i = 0; i < 20; i++) {
          const step = captured(outside);
          for (let call = 0; call < 3; call++) step(batch).dispose();
          expect(step.replays).toBe(1);
          step.dispose();
          step.dispose();
          expect(() => step(batch)).toThrow(
            'captureStep: cannot run the step: it was disposed. Dispose of it after training.',
          );
        }
        expect(memory()).toMatchObject({ numTensors, numDataBuffers });
        model.dispose();
      });

      it('with two optimizers in one step, in the rounding of TensorFlow.js', () => {
        const losses = (wrap: typeof captured) => {
          const [w, v] = [variable(scalar(3)), variable(scalar(-2))];
          const [first, second] = [train.adam(0.1), train.rmsprop(0.05, 0.9, 0.5)];
          const step = wrap((batch) => {
            const a = first.minimize(() => sum(square(mul(w, batch))), true, [w]) as Scalar;
            const b = second.minimize(() => sum(square(sub(mul(v, batch), w))), true, [v]) as Scalar;
            return stack([a, b]);
          });
          const batch = images(1, 1, 2);
          const values = Array.from({ length: 12 }, () => step(batch).dataSync());
          return { values, replays: step.replays };
        };
        env().set('FUSED_OPTIMIZERS_STOCK_ROUNDING', true);
        try {
          const asItIs = losses((step) => Object.assign(step, { replays: 0, dispose() {} }));
          const { values, replays } = losses(captured);
          expect(values).toEqual(asItIs.values);
          expect(replays).toBeGreaterThanOrEqual(8);
        } finally {
          env().set('FUSED_OPTIMIZERS_STOCK_ROUNDING', false);
        }
      });

      it('throws what the step throws, and goes on', () => {
        const [model, batch] = [autoencoder(), images(1)];
        const wrong = images(1, 2, 31); // an odd side does not come back from the code
        const step = captured(stepOf(model, train.sgd(0.01)));
        const losses: number[] = [];
        const fail = () => expect(() => step(wrong)).toThrow(/shape/i);
        const growth = (work: () => void) => {
          const { numTensors } = memory();
          work();
          return memory().numTensors - numTensors;
        };
        const stockGrowth = growth(() => {
          expect(() => tidy(() => stepOf(model, train.sgd(0))(wrong))).toThrow(/shape/i);
        });
        for (let i = 0; i < 6; i++) {
          losses.push(takeValue(step(batch)));
          expect(growth(fail)).toBe(stockGrowth - 1); // the learning rate of its optimiser
        }
        expect(step.replays).toBeGreaterThanOrEqual(3);
        const same = autoencoder();
        const stock = stepOf(same, train.sgd(0.01));
        expect(losses).toEqual(Array.from({ length: 6 }, () => takeValue(stock(batch))));
        step.dispose();
      });

      it('runs as it is within a gradient and within another captured step', () => {
        const w = variable(scalar(2));
        const inner = captured(() => mul(w, w));
        const outer = captured(() => inner(images(1)));
        for (let i = 0; i < 5; i++) expect(takeValue(outer(images(1)))).toBe(4);
        expect(inner.replays).toBe(0);
        expect(outer.replays).toBeGreaterThan(0);
        expect(takeValue(variableGrads(() => inner(images(1)) as Scalar).grads[w.name] as Tensor)).toBe(4);
      });

      it('takes tensors from outside, variables that share values, and states that are replaced', async () => {
        const [a, b, constant] = [variable(scalar(1)), variable(scalar(1)), scalar(3)];
        b.assign(a); // they share their values until one of them changes
        const work = () => {
          a.assign(mul(a, constant));
          b.assign(sub(b, a));
          return { sum: sum(stack([a, b])), parts: [mul(a, 1), mul(b, 1)] };
        };
        const step = captured(work);
        const [expectedA, expectedB]: number[][] = [[], []];
        let [x, y] = [1, 1];
        const got: number[][] = [];
        for (let i = 0; i < 8; i++) {
          [x, y] = [Math.fround(x * 3), Math.fround(y - Math.fround(x * 3))];
          expectedA?.push(x);
          expectedB?.push(y);
          const { sum: total, parts } = step(constant as never);
          got.push(parts.map(takeValue));
          total.dispose();
        }
        expect(got).toEqual(expectedA?.map((value, i) => [value, expectedB?.[i]]));
        expect(step.replays).toBeGreaterThan(3);

        const optimizer = train.adam(0.1);
        const w = variable(scalar(5));
        const stepped = captured(() => optimizer.minimize(() => square(w), true) as Scalar);
        for (let i = 0; i < 5; i++) stepped(images(1)).dispose();
        await optimizer.setWeights(await optimizer.getWeights());
        const before = stepped.replays;
        const twin = variable(w.clone());
        const other = train.adam(0.1);
        await other.setWeights(
          (await optimizer.getWeights()).map(({ name, tensor }) => ({ name, tensor: tensor.clone() })),
        );
        for (let i = 0; i < 5; i++) {
          stepped(images(1)).dispose();
          other.minimize(() => square(twin));
        }
        expect(w.dataSync()).toEqual(twin.dataSync());
        expect(stepped.replays).toBeGreaterThan(before);
      });
    });
  });
}
