/**
 * What TypeScript takes, gives and refuses of this package. It is compiled here, and by `test/packed-packages.test.ts` against the
 * declarations that users get. None of it is run.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { expectTypeOf } from 'expect-type';
import {
  type Comparison,
  compareImages,
  FLOAT_NOISE,
  type LookableImage,
  type LookOptions,
  PRESETS,
  type Preset,
  THRESHOLDS,
  type Thresholds,
} from 'lpips-matchers';

expectTypeOf<Preset>().toEqualTypeOf<'page' | 'strict'>();
expectTypeOf<keyof Thresholds>().toEqualTypeOf<'distance' | 'local' | 'colour' | 'shape'>();
expectTypeOf<LookOptions['net']>().toEqualTypeOf<'lite' | 'alex' | 'squeeze' | 'vgg' | undefined>();

export async function compares(screenshot: Buffer, tensor: Tensor4D, image: LookableImage): Promise<void> {
  const comparison = await compareImages(screenshot, 'reference.png', { preset: 'strict', pixelRatio: 2 });
  expectTypeOf(comparison).toEqualTypeOf<Comparison>();
  expectTypeOf(comparison.isAlike).toEqualTypeOf<boolean>();
  expectTypeOf(comparison.failures).toEqualTypeOf<readonly (keyof Thresholds)[]>();
  await compareImages(tensor, image, { range: [0, 1], mask: [{ left: 0, top: 0, width: 8, height: 8 }] });
  expectTypeOf(PRESETS.page.colour).toEqualTypeOf<number>();
  expectTypeOf(THRESHOLDS.lite.distance).toEqualTypeOf<number>();
  expectTypeOf(FLOAT_NOISE).toExtend<number>();
  // @ts-expect-error: two images are compared
  await compareImages(screenshot);
  // @ts-expect-error: there is no such preset
  await compareImages(screenshot, image, { preset: 'loose' });
  // @ts-expect-error: there is no such range
  await compareImages(tensor, image, { range: [0, 2] });
  // @ts-expect-error: a rectangle has four sides
  await compareImages(screenshot, image, { mask: [{ left: 0, top: 0 }] });
  // @ts-expect-error: vgg has no thresholds of its own
  expectTypeOf(THRESHOLDS.vgg).toEqualTypeOf<number>();
}
