/**
 * @module
 * What the losses refuse beside misspelt options: names and numbers that make no sense, and shapes that differ.
 */
import { Tensor } from '@tensorflow/tfjs-core';
import { invalid } from 'lpips-core';

/** @throws LpipsError unless `value` is one of `known` */
export function checkOneOf(where: string, argument: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  const requirement = known.map((name) => `'${name}'`).join(' or ');
  throw invalid(where, requirement, argument, JSON.stringify(value));
}

/** @throws LpipsError unless `value` is a finite number of at least `least`, and whole if `isWhole` */
export function checkNumber(
  where: string,
  argument: string,
  value: number,
  { least = 0, isWhole = false } = {},
): void {
  if (Number.isFinite(value) && value >= least && (!isWhole || Number.isInteger(value))) return;
  throw invalid(where, `a ${isWhole ? 'whole ' : ''}number of at least ${least}`, argument, `${value}`);
}

/** @throws LpipsError unless `value` is a tensor that is not disposed */
export function checkTensor(where: string, argument: string, value: unknown): void {
  if (!(value instanceof Tensor)) {
    const got = value === null ? 'null' : typeof value;
    throw invalid(where, 'a tensor', argument, got, 'Make one with tf.tensor.');
  }
  if (!value.isDisposed) return;
  const advice = 'Keep it until the call has returned, with tf.keep inside a tf.tidy.';
  throw invalid(where, 'a tensor that is not disposed', argument, 'a disposed one', advice);
}

/** @throws LpipsError unless both are tensors of the same shape */
export function checkSameShape(where: string, target: Tensor, output: Tensor): void {
  checkTensor(where, 'yTrue', target);
  checkTensor(where, 'yPred', output);
  if (target.shape.join() === output.shape.join()) return;
  const [expected, got] = [output, target].map(({ shape }) => `[${shape.join(', ')}]`) as [string, string];
  throw invalid(
    where,
    `${expected}, the shape of the output,`,
    'yTrue',
    got,
    'Targets must have that shape.',
  );
}
