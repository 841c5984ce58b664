/**
 * Pictures that are read tile by tile: the results of whole tensors.
 */
import { memory, type Tensor4D, tensor4d, tidy, zeros } from '@tensorflow/tfjs';
import { Lpips, LpipsError, type SourceOptions, type TileSource, tensorSource } from 'lpips-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnBackends } from '../../../../test/support/backend.js';
import { randomTensor, relativeError } from '../../../../test/support/numbers.js';
import { weightsOf } from '../support/weights.js';

/** Sums in another order, in 64 bits instead of 32. Measured: 4e-7. */
const VALUES = 2e-6;

const [HEIGHT, WIDTH] = [90, 61];

/** Reads from a tensor, and counts the tensors that are there at the start of each reading. */
function sourceOf(images: Tensor4D, counts: number[] = []): TileSource {
  const source = tensorSource(images);
  return {
    ...source,
    read: (rows, columns) => {
      counts.push(memory().numTensors);
      return source.read(rows, columns);
    },
  };
}

describeOnBackends('sources of tiles', ['wasm'], () => {
  let lpips: Lpips;
  beforeAll(() => {
    lpips = Lpips.fromWeights(weightsOf('lite'), { net: 'lite', onWarning: null });
  });
  afterAll(() => lpips.dispose());

  const images = () =>
    [randomTensor([1, HEIGHT, WIDTH, 3], 1), randomTensor([1, HEIGHT, WIDTH, 3], 2)] as const;

  const messageOf = async (image: TileSource, reference: TileSource, options: SourceOptions = {}) => {
    try {
      await lpips.compareSources(image, reference, options);
      return 'nothing was refused';
    } catch (error) {
      return error instanceof LpipsError ? error.message : error;
    }
  };

  it('give distance, layers and map of whole tensors, in one tile and in several', async () => {
    const [x, y] = images();
    const [distance, layers, map] = tidy(() =>
      (['distance', 'layers', 'map'] as const).map((method) => Array.from(lpips[method](x, y).dataSync())),
    ) as [number[], number[], number[]];
    for (const tiles of ['auto', { side: 32 }] as const) {
      const counts: number[] = [];
      const compared = await lpips.compareSources(sourceOf(x, counts), sourceOf(y), { tiles, map: true });
      expect(relativeError([compared.distance], distance)).toBeLessThan(VALUES);
      expect(relativeError(compared.layers, layers)).toBeLessThan(VALUES);
      expect(relativeError(compared.map ?? [], map)).toBeLessThan(VALUES);
      expect(counts).toHaveLength(tiles === 'auto' ? 1 : 6);
      expect(new Set(counts).size).toBe(1); // no tensor of a tile is left when the next one is read
    }
    expect((await lpips.compareSources(sourceOf(x), sourceOf(y))).map).toBeUndefined();
    const bytes = [x, y].map((images) => sourceOf(images.add(1).mul(127.5)));
    const compared = await lpips.compareSources(bytes[0] as TileSource, bytes[1] as TileSource, {
      range: [0, 255],
      tiles: { side: 48 },
    });
    expect(relativeError([compared.distance], distance)).toBeLessThan(VALUES);
  });

  it('are NaN where one pixel is not finite', async () => {
    const [x, y] = images();
    const pixels = x.dataSync().slice();
    pixels[pixels.length - 1] = Number.POSITIVE_INFINITY;
    const broken = sourceOf(tensor4d(pixels, x.shape));
    const compared = await lpips.compareSources(broken, sourceOf(y), { tiles: { side: 32 }, map: true });
    expect(compared.distance).toBeNaN();
    expect(compared.layers[0]).toBeNaN();
    expect(compared.map?.every(Number.isNaN)).toBe(true);
  });

  it('end where a signal says so, where onTile throws, and where a source fails, with nothing left over', async () => {
    const [x, y] = images().map((each) => sourceOf(each)) as [TileSource, TileSource];
    const tiles = { side: 32 };
    const { numTensors } = memory();
    const controller = new AbortController();
    const told: number[] = [];
    const onTile = (done: number, total: number) => {
      expect(total).toBe(6);
      if (told.push(done) === 2) setTimeout(() => controller.abort(new Error('stopped')));
    };
    await expect(lpips.compareSources(x, y, { tiles, onTile, signal: controller.signal })).rejects.toThrow(
      'stopped',
    );
    expect(told.length).toBeLessThan(5);
    const stop = () => {
      throw new Error('enough');
    };
    await expect(lpips.compareSources(x, y, { tiles, onTile: stop })).rejects.toThrow('enough');
    await expect(lpips.compareSources({ ...x, read: async () => stop() }, y, { tiles })).rejects.toThrow(
      'enough',
    );
    expect(memory().numTensors).toBe(numTensors);
  });

  it('are refused where sizes differ or are too small, and what is no source', async () => {
    const source = sourceOf(randomTensor([1, 64, 64, 3], 1));
    expect(await messageOf(source, { ...source, width: 65 })).toBe(
      'compareSources: expected 64x64 pixels as the image for reference, got 64x65. Resize one to the size of the other.',
    );
    expect(await messageOf({ ...source, height: 4 }, source)).toBe(
      'compareSources: expected a whole number of at least 8 for image.height, got 4.',
    );
    expect(await messageOf(source, {} as TileSource)).toBe(
      'compareSources: expected an object with height, width and read for reference, got an object. ' +
        'It reads rectangles of a picture.',
    );
    expect(() => tensorSource(zeros([2, 32, 32, 3]) as Tensor4D)).toThrow(
      new LpipsError(
        'tensorSource: expected [1, height, width, 3] for image, got [2, 32, 32, 3]. Take one image of the batch.',
      ),
    );
    expect(await messageOf(source, source, { signal: 1 } as never)).toBe(
      'compareSources: expected an AbortSignal for signal, got the number 1. An AbortController has one.',
    );
  });

  it.each<[string, () => unknown, string]>([
    [
      'nothing',
      () => undefined,
      'a tensor [batch, height, width, 3] for what image.read gives, got undefined. ',
    ],
    [
      'a smaller one',
      () => zeros([1, 8, 8, 3]),
      '[1, 64, 48, 3] for what image.read gives, got [1, 8, 8, 3]. ',
    ],
    [
      'two images',
      () => zeros([2, 64, 48, 3]),
      '[1, 64, 48, 3] for what image.read gives, got [2, 64, 48, 3]. ',
    ],
    [
      'other channels',
      () => zeros([1, 64, 48, 4]),
      '[batch, height, width, 3] for what image.read gives, got ',
    ],
    [
      'integers in [-1, 1]',
      () => zeros([1, 64, 48, 3], 'int32'),
      'float32 for what image.read gives, got int32 ',
    ],
  ])('are refused where a source gives %s', async (_, read, message) => {
    const source = sourceOf(zeros([1, 64, 48, 3]) as Tensor4D);
    const { numTensors } = memory();
    const got = await messageOf({ ...source, read: async () => read() as Tensor4D }, source);
    expect(got).toContain(`compareSources: expected ${message}`);
    expect(memory().numTensors).toBe(numTensors);
  });

  it('are refused where the metric is disposed meanwhile', async () => {
    const own = Lpips.fromWeights(weightsOf('lite'), { net: 'lite', onWarning: null });
    const source = sourceOf(randomTensor([1, 64, 48, 3], 1));
    const compared = own.compareSources(source, source, { tiles: { side: 32 }, onTile: () => own.dispose() });
    await expect(compared).rejects.toThrow(
      new LpipsError(
        'compareSources: cannot compute: this Lpips is disposed. Make a new one with fromWeights.',
      ),
    );
  });
});
