/**
 * Steps that cannot be captured: they run as they are, after one warning that names the cause.
 */
import {
  add,
  dispose,
  dropout,
  keep,
  mul,
  multinomial,
  type Optimizer,
  type Scalar,
  scalar,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  tensor1d,
  tidy,
  train,
  unique,
  variable,
} from '@tensorflow/tfjs';
import { selectBackend } from 'lpips-node';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { captureStep } from '../../packages/training/src/index.js';
import { suiteOnBackend } from '../support/backends.js';
import { captured, takeValue } from '../support/training-steps.js';

/** What the backends call a product. */
const PRODUCT = { tensorflow: 'Mul', wasm: 'Multiply' } as const;
/** Steps that one of the backends refuses. */
const STEPS_OF: Record<keyof typeof PRODUCT, Record<string, () => (x: Tensor) => Tensor>> = {
  tensorflow: {
    'is not a function of this backend (Multinomial depends on what it did before)': () => (x) =>
      multinomial(x as Tensor1D, 3, 7),
  },
  wasm: {
    'runs Unique, whose result has a shape that follows from values': () => (x) => unique(x).values,
    'makes a tensor of texts or of complex numbers': () => (x) => mul(x, tensor1d(['a']).size),
  },
};

for (const backend of ['tensorflow', 'wasm'] as const) {
  await suiteOnBackend('a step that cannot be captured', backend, (name) => {
    describe(name, () => {
      beforeAll(async () => {
        await selectBackend(backend);
      });
      const product = PRODUCT[backend];
      let calls = 0;
      const minimizing = (optimizer: Optimizer) => {
        const weights = w();
        return (x: Tensor) => optimizer.minimize(() => sum(square(mul(weights, x))), true) as Scalar;
      };
      const w = () => variable(tensor1d([1, 2, 3, 4]));
      const kept: Tensor[] = [];
      /** By the cause, as the warning names it: what makes the step. */
      const STEPS: Record<string, () => (x: Tensor) => Tensor> = {
        'reads values of a tensor': () => (x) => mul(x, x.dataSync()[0] ?? 0),
        [`takes numbers of JavaScript that change, in ${product}`]: () => (x) => mul(x, calls),
        'gives Sub other inputs each time': () => (x) => {
          const double = mul(x, 2);
          return calls % 2 ? sub(x, double) : sub(double, x);
        },
        'gives Multinomial other attributes each time': () => (x) => multinomial(x as Tensor1D, 3),
        ...STEPS_OF[backend],
        'takes numbers of JavaScript that change, in Add': () => (x) => dropout(x, 0.5),
        'does not run the same operations each time': () => (x) => (calls % 2 ? mul(x, 2) : add(x, 2)),
        'takes another tensor from outside each time': () => {
          const others = Array.from({ length: 8 }, (_, i) => scalar(i));
          return (x) => mul(x, others[calls] ?? x);
        },
        'has an optimizer (Adagrad) whose step is not one operation': () => minimizing(train.adagrad(0.1)),
        'takes two steps of one optimizer': () => {
          const step = minimizing(train.sgd(0.1));
          return (x) => add(step(x), step(x));
        },
        'changes the fields of its optimizer': () => {
          const optimizer = train.adam(0.1);
          const step = minimizing(optimizer);
          return (x) => {
            Object.assign(optimizer, { learningRate: 0.1 / (calls + 1) });
            return step(x);
          };
        },
        'returns something other than tensors': () => (x) => [mul(x, 2), () => 1] as unknown as Tensor,
        'makes a variable': () => (x) => mul(x, variable(scalar(2))),
        'disposes of a variable': () => {
          const several = Array.from({ length: 20 }, w);
          return (x) => {
            several[calls]?.dispose();
            return mul(x, 2);
          };
        },
        'keeps a tensor that it does not return': () => (x) => {
          kept.push(keep(mul(x, 3)));
          return mul(x, 2);
        },
        'returns a tensor that it did not make': () => (x) => x,
      };

      it.each(Object.entries(STEPS))('%s', (cause, make) => {
        const warnings: string[] = [];
        calls = 0;
        const step = make();
        const run = captureStep(step, { onWarning: (message) => warnings.push(message) });
        const x = tensor1d([1, 2, 3, 4]);
        for (calls = 0; calls < 8; calls++) run(x);
        expect(warnings).toEqual([
          expect.stringContaining(`captureStep: cannot capture the step: it ${cause}.`),
        ]);
        expect(run.replays).toBe(0);
        run.dispose();
      });

      it.each<[string, string, (x: Tensor, i: number) => [Tensor, object]]>([
        ['numbers', 'the number arguments[1].factor has had 9 values', (x, i) => [x, { factor: i }]],
        [
          'shapes and numbers',
          'they differ in shape, type or primitive values',
          (x, i) => (i % 2 ? [x, { factor: i }] : [tensor1d([...Array(i + 2).keys()]), { factor: 1 }]),
        ],
      ])('more than 8 kinds of arguments, %s: those before stay captured', (_, why, given) => {
        const warnings: string[] = [];
        const step = captureStep((x: Tensor, { factor }: { factor?: number }) => mul(x, factor ?? 0), {
          onWarning: (message) => warnings.push(message),
        });
        const x = tensor1d([1, 2]);
        for (let i = 1; i <= 12; i++) {
          const [y, options] = given(x, i);
          const expected = tidy(() => mul(y, Object.values(options)[0] as number).dataSync());
          for (let call = 0; call < 4; call++) expect(step(y, options).dataSync()).toEqual(expected);
        }
        expect(warnings).toEqual([
          `captureStep: cannot capture more than 8 kinds of arguments at a time: ${why}. ` +
            'Give numbers that change as tensors, such as tf.scalar(x).',
        ]);
        expect(step.replays).toBe(8 * 2);
        step.dispose();
      });

      it('one that changes after it was captured: it is found out at the next check', () => {
        const warnings: string[] = [];
        let factor = 2;
        const step = captureStep((x: Tensor) => mul(x, factor), {
          onWarning: (message) => warnings.push(message),
        });
        const x = scalar(1);
        for (let i = 0; i < 80; i++) expect(takeValue(step(x))).toBe(2);
        factor = 3;
        const values = Array.from({ length: 60 }, () => takeValue(step(x)));
        expect(values.slice(-30)).toEqual(Array(30).fill(3));
        expect(warnings).toEqual([
          expect.stringContaining(
            `it takes numbers of JavaScript that change, in ${product}. In up to 100 calls before this one it may have computed something else. `,
          ),
        ]);
        step.dispose();
      });

      it('one that goes back to weights made earlier, while those that it had live: likewise', () => {
        const warnings: string[] = [];
        const [earlier, later] = [variable(scalar(2)), variable(scalar(3))];
        let weight = later;
        const step = captureStep((x: Tensor) => mul(x, weight), {
          onWarning: (message) => warnings.push(message),
        });
        const x = scalar(1);
        for (let i = 0; i < 10; i++) takeValue(step(x));
        weight = earlier;
        expect(takeValue(step(x))).toBe(3); // nothing tells that the step would read another
        const values = Array.from({ length: 110 }, () => takeValue(step(x)));
        expect(values.slice(-10)).toEqual(Array(10).fill(2));
        expect(warnings).toEqual([
          expect.stringContaining(
            'it takes another tensor from outside each time. In up to 100 calls before this one it may have computed something else. ',
          ),
        ]);
        dispose([earlier, later]);
        step.dispose();
      });

      it('one that returns something of its own kind gives it to the caller', () => {
        const made = new Map([['two', 2]]);
        const step = captureStep(() => made, { onWarning: null });
        for (let i = 0; i < 5; i++) expect(step()).toBe(made);
      });

      it('asynchronous ones, and what is no step, are errors', () => {
        expect(() => captureStep(async () => scalar(1))).toThrow(
          'captureStep: expected a synchronous function for step, got an asynchronous function. Read values outside of it.',
        );
        expect(() => captureStep(3 as never)).toThrow('expected a synchronous function for step, got 3.');
        expect(() => captureStep(() => scalar(1), { warn: null } as never)).toThrow(
          'got "warn". Leave it out.',
        );
        expect(() => captureStep(() => scalar(1), { onWarning: 1 as never })).toThrow(
          'expected a function or null',
        );
        const step = captured(() => Promise.resolve(scalar(1)));
        expect(() => step(scalar(1) as never)).toThrow(
          'expected tensors for the result of the step, got a promise',
        );
      });

      it('says so on the console by default, and nothing where it is not wanted', () => {
        const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
        const read = (x: Tensor) => mul(x, x.dataSync()[0] ?? 0);
        const [loud, silent] = [captureStep(read), captureStep(read, { onWarning: null })];
        for (let i = 0; i < 5; i++) {
          loud(scalar(1));
          silent(scalar(1));
        }
        expect(warn).toHaveBeenCalledTimes(1);
        warn.mockRestore();
      });
    });
  });
}
