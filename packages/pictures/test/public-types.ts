/**
 * What TypeScript takes, gives and refuses of this package. It is compiled here, and by `test/packed-packages.test.ts` against the
 * declarations that users get. None of it is run.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { expectTypeOf } from 'expect-type';
import {
  type DifferenceRegion,
  type Distortion,
  differenceRegions,
  distort,
  fromBytes,
  haarPsi,
  imagePixels,
  psnr,
  type Random,
  type Raster,
  type RgbPixels,
  resize,
  seededRandom,
  ssim,
  toBytes,
  toTensor,
} from 'lpips-pictures';

expectTypeOf<Raster>().toEqualTypeOf<{
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}>();
expectTypeOf<Distortion['kind']>().toEqualTypeOf<'whole' | 'damage'>();

export async function measures(image: Raster, distortion: Distortion, tensor: Tensor4D): Promise<void> {
  for (const metric of [psnr, ssim, haarPsi]) {
    expectTypeOf(metric).toEqualTypeOf<(image: Raster, reference: Raster) => number>();
  }
  expectTypeOf(await distort(image, distortion, 2, 7)).toEqualTypeOf<Raster>();
  expectTypeOf(toTensor(image)).toEqualTypeOf<Tensor4D>();
  expectTypeOf(toBytes(image)).toEqualTypeOf<Uint8ClampedArray>();
  expectTypeOf(fromBytes([0, 0, 0], 1, 1)).toEqualTypeOf<Raster>();
  expectTypeOf(seededRandom(1)).toEqualTypeOf<Random>();
  const pixels = await imagePixels(tensor);
  expectTypeOf(pixels).toEqualTypeOf<RgbPixels>();
  expectTypeOf(differenceRegions(pixels, pixels, new Float32Array(1), 0.1)).toEqualTypeOf<
    readonly DifferenceRegion[]
  >();
  // @ts-expect-error: two images are compared
  psnr(image);
  // @ts-expect-error: a tensor is no raster
  ssim(tensor, tensor);
  // @ts-expect-error: a raster has floats, from 0 to 1
  haarPsi(image, { width: 1, height: 1, data: new Uint8Array(3) });
  // @ts-expect-error: a distortion is not named
  await distort(image, 'blur');
  // @ts-expect-error: a size has two sides
  resize(image, 64);
}
