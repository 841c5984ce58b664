/**
 * What TypeScript takes, gives and refuses of this package. It is compiled here, and by `test/packed-packages.test.ts` against the
 * declarations that users get. None of it is run.
 */
import { mul, type Scalar, sum, type Tensor4D } from '@tensorflow/tfjs-core';
import { expectTypeOf } from 'expect-type';
import {
  type ActivationName,
  type AdamWOptimizer,
  adamw,
  type CapturedStep,
  captureStep,
  fusedConv2d,
} from 'tfjs-fused-training';

expectTypeOf<'relu'>().toExtend<ActivationName>();
expectTypeOf<'softmax'>().not.toExtend<ActivationName>();

export function trains(images: Tensor4D, filter: Tensor4D): void {
  expectTypeOf(adamw(0.001, { weightDecay: 0.01 })).toEqualTypeOf<AdamWOptimizer>();
  expectTypeOf(fusedConv2d({ x: images, filter, strides: 1, pad: 'same' })).toEqualTypeOf<Tensor4D>();
  const step = captureStep((x: Tensor4D, rate: number): Scalar => sum(mul(x, rate)), { onWarning: null });
  expectTypeOf(step).toEqualTypeOf<CapturedStep<[x: Tensor4D, rate: number], Scalar>>();
  expectTypeOf(step(images, 0.1)).toEqualTypeOf<Scalar>();
  expectTypeOf(step.replays).toEqualTypeOf<number>();
  // @ts-expect-error: a misspelt option
  adamw(0.001, { decay: 0.01 });
  // @ts-expect-error: a convolution has a filter
  fusedConv2d({ x: images, strides: 1, pad: 'same' });
  // @ts-expect-error: a captured step takes what the step takes
  step(images);
  // @ts-expect-error: a step is a function
  captureStep(images);
}
