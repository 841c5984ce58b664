import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  backend,
  findBackendFactory,
  registerBackend,
  removeBackend,
  setBackend,
  tensor4d,
} from '@tensorflow/tfjs-core';
import { Lpips, LpipsError, NET_NAMES, PEAK_BYTES_PER_PIXEL } from 'lpips-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../../src/backends/select-backend.js';
import {
  comparisonBytes,
  FEATURE_BYTES_PER_PIXEL,
  featureBudget,
  maxPixels,
  tilesFor,
} from '../../src/images/size-limit.js';
import { randomWeights } from './random-weights.js';

const GIBIBYTE = 2 ** 30;
const LARGE_MACHINE = 64 * GIBIBYTE;

/** What the WASM kernels take beside the heap. */
const WASM_KERNEL_BYTES = 350e6;

describe('maxPixels', () => {
  it('leaves room for 8 megapixels with every net but vgg on WASM, and none of 40', () => {
    const limits = NET_NAMES.map((net) => maxPixels(net, 'wasm', LARGE_MACHINE) / 1e6);
    for (const [index, limit] of limits.entries()) {
      expect(limit).toBeGreaterThan(NET_NAMES[index] === 'vgg' ? 3 : 8);
      expect(limit).toBeLessThan(40);
    }
  });

  it('is bounded by the machine on other backends, and on WASM where the machine is small', () => {
    expect(maxPixels('alex', 'cpu', LARGE_MACHINE)).toBeGreaterThan(40e6);
    expect(maxPixels('alex', 'wasm', GIBIBYTE)).toBe(
      Math.floor((0.8 * GIBIBYTE - WASM_KERNEL_BYTES) / PEAK_BYTES_PER_PIXEL.alex),
    );
  });

  it('leaves most of the rest of the memory for the features of other images', () => {
    const size = { width: 1000, height: 1000 };
    const budget = featureBudget('lite', 'wasm', size, LARGE_MACHINE);
    expect(budget).toBeCloseTo(0.7 * (3.8 * GIBIBYTE - 1e6 * PEAK_BYTES_PER_PIXEL.lite));
    expect(featureBudget('lite', 'wasm', { width: 9000, height: 9000 }, LARGE_MACHINE)).toBe(0);
  });
});

describe('tilesFor', () => {
  const whole = { width: 1000, height: 1000 };
  const eightK = { width: 7680, height: 4320 };

  it('gives no tiles where the memory holds whole images, and tiles of up to 896 MiB elsewhere', () => {
    expect(tilesFor('vgg', 'wasm', whole, LARGE_MACHINE)).toBeUndefined();
    expect(tilesFor('vgg', 'wasm', eightK, LARGE_MACHINE)).toEqual({ side: 720 });
    expect(tilesFor('vgg', 'tensorflow', eightK, LARGE_MACHINE)).toBeUndefined();
    expect(tilesFor('lite', 'wasm', { width: 32_768, height: 32_768 }, LARGE_MACHINE)).toEqual({
      side: 1552,
    });
  });

  it('takes smaller tiles on a small machine, and none where the decoded images fill it', () => {
    const small = tilesFor('vgg', 'wasm', eightK, GIBIBYTE);
    expect(small?.side).toBeGreaterThan(256);
    expect(small?.side).toBeLessThan(720);
    expect(() => tilesFor('vgg', 'wasm', { width: 20_000, height: 20_000 }, GIBIBYTE)).toThrow(
      new LpipsError(
        'compare: cannot hold images of 20000 x 20000: two decoded images of 400.0 megapixels leave no memory for a tile. ' +
          'Scale both images down.',
      ),
    );
  });

  it('bounds what one comparison takes', () => {
    expect(comparisonBytes('vgg', 'wasm', whole, LARGE_MACHINE)).toBe(1e6 * PEAK_BYTES_PER_PIXEL.vgg);
    expect(comparisonBytes('vgg', 'wasm', eightK, LARGE_MACHINE)).toBe(928 * 2 ** 20 + 6 * 7680 * 4320);
  });
});

describe('FEATURE_BYTES_PER_PIXEL covers the features of an image, closely:', () => {
  it.each(NET_NAMES)('%s', async (net) => {
    await selectBackend('wasm');
    const lpips = Lpips.fromWeights(randomWeights(net), { net });
    const shares = [
      [33, 64],
      [97, 99],
      [224, 225],
    ].map(([height = 0, width = 0]) => {
      const image = tensor4d(new Float32Array(height * width * 3), [1, height, width, 3]);
      const features = lpips.features(image);
      const share = features.bytes / (height * width * FEATURE_BYTES_PER_PIXEL[net]);
      for (const held of [image, features]) held.dispose();
      return share;
    });
    lpips.dispose();
    expect(Math.max(...shares)).toBeLessThanOrEqual(1);
    expect(Math.max(...shares)).toBeGreaterThan(0.9);
  });
});

describe('PEAK_BYTES_PER_PIXEL covers what one comparison with its map takes of a fresh WASM heap:', () => {
  /** The heap grows ahead of need by at most 96 MiB. */
  const OVERGROWTH = 96 * 2 ** 20;

  beforeAll(() => selectBackend('wasm'));

  it.each([
    ['lite', 1200, 1200],
    ['alex', 1600, 1600],
    ['squeeze', 1200, 1200],
    ['vgg', 480, 640],
  ] as const)('%s, %i x %i', async (net, height, width) => {
    const factory = findBackendFactory('wasm');
    removeBackend('wasm');
    registerBackend('wasm', factory);
    await setBackend('wasm');
    const lpips = Lpips.fromWeights(randomWeights(net), { net });
    const before = heapBytes();
    const image = (seed: number) => {
      const values = new Float32Array(height * width * 3);
      for (let i = 0; i < values.length; i++) values[i] = Math.sin(i * seed);
      return tensor4d(values, [1, height, width, 3]);
    };
    const [x, y] = [image(0.37), image(0.41)];
    const reference = lpips.features(y, { checkRange: true });
    y.dispose();
    const features = lpips.features(x, { checkRange: true });
    x.dispose();
    const outputs = [
      lpips.distance(features, reference),
      lpips.layers(features, reference),
      lpips.map(features, reference),
    ];
    const grown = heapBytes() - before;
    for (const held of [...outputs, features, reference, lpips]) held.dispose();

    const perPixel = grown / (height * width);
    const allowed = PEAK_BYTES_PER_PIXEL[net] + OVERGROWTH / (height * width);
    expect(perPixel, `${perPixel.toFixed(0)} bytes for each pixel`).toBeLessThan(allowed);
    expect(perPixel, 'a table far too cautious').toBeGreaterThan(PEAK_BYTES_PER_PIXEL[net] / 2);
  });
});

function heapBytes(): number {
  const current = backend();
  const module: object = current instanceof BackendWasm ? current.wasm : {};
  if ('HEAPU8' in module && module.HEAPU8 instanceof Uint8Array) return module.HEAPU8.length;
  throw new Error('this measures the WASM backend');
}
