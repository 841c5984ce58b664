/**
 * This project against the suite, on WASM: every answer of every net, and the properties.
 */
import { selectBackend } from 'lpips-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeWithShared } from '../../../test/support/shared-data.js';
import { checkCase } from '../src/check-cases.js';
import { checkProperties } from '../src/check-properties.js';
import { ownProgram } from '../src/own-program.js';
import type { Subject } from '../src/subject.js';
import { readSuite } from '../src/suite.js';

const suite = readSuite();
const { cases, answers } = suite;

describeWithShared('LPIPS on TensorFlow.js conforms', ['weights'], (path) => {
  const program = () => ownProgram({ weightsDir: path('weights') });
  beforeAll(() => selectBackend('wasm'));

  it.each(cases)('$name', async (one) => {
    const subject = await program().open(one);
    if (!subject) throw new Error('no metric');
    const verdicts = await checkCase(subject, one, suite);
    subject.dispose?.();
    expect(verdicts).toHaveLength(5);
    expect(verdicts.filter(({ outcome }) => outcome !== 'passes')).toEqual([]);
  });

  it('in every property but JND, which belongs to data sets', async () => {
    const subject = await program().open({ net: 'alex', version: '0.1', linear: true });
    if (!subject) throw new Error('no metric');
    const verdicts = await checkProperties(program(), subject, suite);
    subject.dispose?.();
    expect(
      verdicts.filter(({ outcome }) => outcome !== 'passes').map(({ name, outcome }) => [name, outcome]),
    ).toEqual([['the JND mAP of an unsorted list is that of the sorted one', 'not offered']]);
  });
});

describe('the suite finds', () => {
  const [one] = cases;
  const answer = answers[one?.name ?? ''];
  if (!one || !answer) throw new Error('no cases');

  /** Answers a case from its own answers, with what is replaced. */
  const answering = (replaced: Partial<Subject>): Subject => ({
    distance: async () => answer.distance,
    layers: async () => answer.layers.flat(),
    ...replaced,
  });
  const outcomesOf = async (subject: Subject) =>
    (await checkCase(subject, one, suite)).map(({ outcome }) => outcome);

  it('nothing wrong in the answers themselves, and tells what is not offered', async () => {
    const missing = ['not offered', 'not offered', 'not offered'];
    expect(await outcomesOf(answering({}))).toEqual(['passes', 'passes', ...missing]);
  });

  it.each([
    ['a distance that is off by 2e-6', { distance: async () => answer.distance.map((d) => d * (1 + 2e-6)) }],
    ['a distance that is not a number', { distance: async () => [Number.NaN] }],
    ['one distance too many', { distance: async () => [...answer.distance, 0] }],
  ])('%s', async (_, replaced) => {
    expect((await outcomesOf(answering(replaced)))[0]).toBe('fails');
  });

  it.each([
    ['a metric that is not 0 for identical images', 0, async () => [1e-9]],
    ['one that is not symmetric', 1, async ({ values }: { values: Float32Array }) => [values[0] ?? 0]],
    ['one that is negative', 2, async () => [-1]],
    ['one that sums over a batch', 3, async ({ shape }: { shape: readonly number[] }) => [shape[0] ?? 0]],
  ])('%s', async (_, index, distance) => {
    const verdicts = await checkProperties(
      { name: 'wrong', open: async () => undefined },
      { distance },
      suite,
    );
    expect(verdicts[index]?.outcome).toBe('fails');
  });

  it('gradients that are not finite, a metric that an optimiser moved, a mask that leaks, and a list that was not sorted', async () => {
    let moved = 1;
    const subject: Subject = {
      distance: async () => [moved],
      withDeadTap: async () => ({
        distance: async () => [0],
        gradients: async ({ values }) => ({ image: values.map(() => Number.NaN), reference: values }),
      }),
      minimize: async () => {
        moved = 0.5;
      },
      masked: async ({ values }) => [values.reduce((sum, value) => sum + value, 1e4)],
      toldOfRange: async () => false,
    };
    const program = { name: 'wrong', open: async () => undefined, jnd: () => 0.5 };
    const failed = (await checkProperties(program, subject, suite)).filter(
      ({ outcome }) => outcome === 'fails',
    );
    expect(failed.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^the gradient is finite/),
        expect.stringMatching(/^stays as it is/),
        expect.stringMatching(/^nothing outside of a mask/),
        expect.stringMatching(/^refuses or warns/),
        expect.stringMatching(/^the JND mAP/),
      ]),
    );
  });
});
