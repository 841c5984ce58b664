/**
 * What TypeScript takes, gives and refuses of this package. It is compiled here, and by `test/packed-packages.test.ts` against the
 * declarations that users get. None of it is run.
 */
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { expectTypeOf } from 'expect-type';
import {
  type BackendChoice,
  type BackendName,
  type BackendState,
  fetchWeights,
  type ImageTiles,
  identifyWeights,
  inspectImage,
  listBackends,
  listImages,
  loadLpips,
  type OfficialNet,
  openTiles,
  readImage,
  readImageBytes,
  selectBackend,
  verifyWeights,
  type WeightsIdentity,
  type WeightsRow,
} from 'lpips-node';

expectTypeOf<BackendName>().toEqualTypeOf<'tensorflow' | 'webgpu' | 'wasm' | 'cpu'>();
expectTypeOf<BackendChoice>().toEqualTypeOf<BackendName | 'auto'>();
expectTypeOf<OfficialNet>().toEqualTypeOf<'alex' | 'squeeze' | 'vgg'>();

export async function loads(): Promise<void> {
  expectTypeOf((await selectBackend()).name).toEqualTypeOf<BackendName>();
  expectTypeOf(await listBackends()).toEqualTypeOf<readonly BackendState[]>();
  const lpips = await loadLpips({ net: 'alex', version: '0.1', weightsDir: 'weights', offline: true });
  expectTypeOf(lpips.net).toEqualTypeOf<'lite' | 'alex' | 'squeeze' | 'vgg'>();
  expectTypeOf(await loadLpips()).toEqualTypeOf(lpips);
  expectTypeOf(await identifyWeights(lpips)).toEqualTypeOf<WeightsIdentity>();
  const [image, reference] = [await readImage('image.png'), await readImage(Buffer.from('bytes'))];
  expectTypeOf(lpips.distance(image, reference)).toEqualTypeOf<Tensor1D>();
  // @ts-expect-error: there is no such backend
  await selectBackend('cuda');
  // @ts-expect-error: there is no such net
  await loadLpips({ net: 'resnet' });
  // @ts-expect-error: a misspelt option
  await loadLpips({ weights: 'weights' });
  // @ts-expect-error: an image is waited for
  lpips.distance(readImage('image.png'), reference);
}

export async function reads(): Promise<void> {
  expectTypeOf(
    await readImage('image.png', { background: '#888', maxPixels: 1e6 }),
  ).toEqualTypeOf<Tensor4D>();
  expectTypeOf(await openTiles('image.tif')).toEqualTypeOf<ImageTiles>();
  expectTypeOf(await inspectImage('image.png')).toEqualTypeOf<{
    readonly width: number;
    readonly height: number;
  }>();
  expectTypeOf(await readImageBytes('image.png')).toExtend<Uint8Array>();
  expectTypeOf(await listImages('folder')).toEqualTypeOf<string[]>();
  expectTypeOf(await verifyWeights({ weightsDir: 'weights' })).toEqualTypeOf<WeightsRow[]>();
  await fetchWeights('vgg', { signal: AbortSignal.timeout(1000) });
  // @ts-expect-error: an image comes from a file or its bytes
  await readImage(42);
  // @ts-expect-error: a background is a colour in words
  await readImage('image.png', { background: [255, 255, 255] });
  // @ts-expect-error: lite is not fetched
  await fetchWeights('lite');
  // @ts-expect-error: a folder is named
  await listImages();
}
