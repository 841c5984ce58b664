/**
 * What TypeScript takes, gives and refuses of this package. It is compiled here, and by `test/packed-packages.test.ts` against the
 * declarations that users get. None of it is run.
 */
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { expectTypeOf } from 'expect-type';
import {
  type ComparedSources,
  type CompareOptions,
  checkBackend,
  type Features,
  Lpips,
  type LpipsOptions,
  mulberry32,
  type NetName,
  parseSafetensors,
  serializeSafetensors,
  type Tiles,
  tensorSource,
  type ValueRange,
  type WeightMap,
} from 'lpips-core';
import { imageFrom, loadLite, loadLpips } from 'lpips-core/browser';

expectTypeOf<NetName>().toEqualTypeOf<'lite' | 'alex' | 'squeeze' | 'vgg'>();
expectTypeOf<ValueRange>().toEqualTypeOf<readonly [-1, 1] | readonly [0, 1] | readonly [0, 255]>();
expectTypeOf<LpipsOptions['version']>().toEqualTypeOf<'0.1' | '0.0' | undefined>();
expectTypeOf<Tiles>().toEqualTypeOf<'auto' | { readonly side: number }>();

export function makesMetrics(weights: WeightMap): void {
  expectTypeOf(
    Lpips.fromWeights(weights, { net: 'vgg', version: '0.0', linear: false }),
  ).toEqualTypeOf<Lpips>();
  Lpips.fromWeights(weights, { net: 'lite', onWarning: null });
  // @ts-expect-error: the net is not optional
  Lpips.fromWeights(weights, {});
  // @ts-expect-error: there is no such net
  Lpips.fromWeights(weights, { net: 'resnet' });
  // @ts-expect-error: there is no such version
  Lpips.fromWeights(weights, { net: 'vgg', version: '0.2' });
  // @ts-expect-error: weights are Float32Arrays with their shapes
  Lpips.fromWeights(new Map([['features.0.weight', new Float32Array(3)]]), { net: 'vgg' });
  // @ts-expect-error: a metric is made by fromWeights
  new Lpips(weights, { net: 'vgg' });
}

export async function compares(lpips: Lpips, images: Tensor4D, vector: Tensor1D): Promise<void> {
  const options: CompareOptions = { range: [0, 255], checkRange: true, mask: images, tiles: { side: 512 } };
  const features = lpips.features(images, { range: [0, 1] });
  expectTypeOf(features).toEqualTypeOf<Features>();
  for (const one of [images, features]) {
    expectTypeOf(lpips.distance(one, features, options)).toEqualTypeOf<Tensor1D>();
    expectTypeOf(lpips.layers(one, images)).toEqualTypeOf<Tensor2D>();
    expectTypeOf(lpips.map(one, images, { tiles: 'auto' })).toEqualTypeOf<Tensor4D>();
  }
  const source = tensorSource(images);
  expectTypeOf(await lpips.compareSources(source, source, { map: true })).toEqualTypeOf<ComparedSources>();
  expectTypeOf(lpips.net).toEqualTypeOf<NetName>();
  expectTypeOf(lpips.weights).toEqualTypeOf<WeightMap>();
  // @ts-expect-error: two images are compared
  lpips.distance(images);
  // @ts-expect-error: images have four axes
  lpips.distance(vector, images);
  // @ts-expect-error: there is no such range
  lpips.distance(images, images, { range: [0, 100] });
  // @ts-expect-error: a misspelt option
  lpips.distance(images, images, { normalize: true });
  // @ts-expect-error: features are made of images
  lpips.features(features);
  // @ts-expect-error: the weights are frozen
  lpips.net = 'vgg';
}

export async function reads(bytes: Uint8Array, weights: WeightMap): Promise<void> {
  expectTypeOf(parseSafetensors(bytes).weights).toEqualTypeOf<WeightMap>();
  expectTypeOf(serializeSafetensors(weights, {}, { dtype: 'F16' })).toExtend<Uint8Array>();
  expectTypeOf(mulberry32(1)).toEqualTypeOf<() => number>();
  expectTypeOf((await checkBackend()).bits).toEqualTypeOf<16 | 32>();
  // @ts-expect-error: safetensors are written as F32 or F16
  serializeSafetensors(weights, {}, { dtype: 'BF16' });
  // @ts-expect-error: a path is not read here
  parseSafetensors('vgg.safetensors');
}

export async function inPages(picture: HTMLImageElement | Blob): Promise<void> {
  expectTypeOf(await imageFrom(picture, { background: '#fff' })).toEqualTypeOf<Tensor4D>();
  expectTypeOf(await loadLite()).toEqualTypeOf<Lpips>();
  expectTypeOf(await loadLpips({ net: 'alex', url: '/alex.safetensors' })).toEqualTypeOf<Lpips>();
  // @ts-expect-error: a page says where the weights lie
  await loadLpips({ net: 'alex' });
  // @ts-expect-error: lite comes with the package, by loadLite
  await loadLpips({ net: 'lite', url: '/lite.safetensors' });
  // @ts-expect-error: an address is not a picture
  await imageFrom('photo.png');
}
