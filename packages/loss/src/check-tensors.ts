/**
 * @module
 * What the losses refuse beside misspelt options, names and numbers: what is no tensor or no variable, and shapes that
 * differ.
 */
import { Tensor, Variable } from '@tensorflow/tfjs-core';
import { invalid, kindOf } from 'lpips-core';

/** @throws LpipsError unless `value` is a tensor that is not disposed */
export function checkTensor(where: string, argument: string, value: unknown): void {
  if (!(value instanceof Tensor)) {
    throw invalid(where, 'a tensor', argument, kindOf(value), 'Make one with tf.tensor.');
  }
  if (!value.isDisposed) return;
  const advice = 'Keep it until the call has returned, with tf.keep inside a tf.tidy.';
  throw invalid(where, 'a tensor that is not disposed', argument, 'a disposed one', advice);
}

/** @throws LpipsError unless `value` is a variable that is not disposed */
export function checkVariable(where: string, argument: string, value: unknown, advice: string): void {
  if (value instanceof Variable && !value.isDisposed) return;
  const got = value instanceof Variable ? 'a disposed one' : kindOf(value);
  throw invalid(where, 'a variable in use', argument, got, advice);
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
