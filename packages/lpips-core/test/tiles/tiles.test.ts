/**
 * Pictures in tiles give what whole pictures give: distance, layers, map and gradient of every net, at sizes of every kind.
 * Images are noise, so that no maxima of a pooling are alike: where they are, rounding decides which one takes the gradient.
 */
import {
  concat,
  grad,
  grads,
  memory,
  slice,
  type Tensor,
  type Tensor4D,
  tensor4d,
  tidy,
  valueAndGrad,
  zeros,
} from '@tensorflow/tfjs';
import { at, type CompareOptions, type Features, Lpips, LpipsError, type NetName } from 'lpips-core';
import { afterAll, describe, expect, it } from 'vitest';
import { describeOnBackends } from '../../../../test/support/backend.js';
import { randomTensor, randomValues, relativeError } from '../../../../test/support/numbers.js';
import { backboneOf } from '../../src/backbones/registry.js';
import { receptiveFields } from '../../src/tiles/tile-geometry.js';
import { weightsOf } from '../support/weights.js';

/** Sums in another order, and convolutions of another shape. Measured: values 5e-7, gradients 3e-6. */
const VALUES = 2e-6;
const GRADIENTS = 1e-5;

/** Tiles whose halo is less than the picture: lite sees 23 pixels around a tile, alex and squeeze 100 at most. */
const TILES = { tiles: { side: 32 } } as const;
const LARGE_TILES = { tiles: { side: 96 } } as const;
const METHODS = ['distance', 'layers', 'map'] as const;
type Method = (typeof METHODS)[number];

/** Values of what `work` gives. No other tensor is left. */
function valuesOf(work: () => Tensor | Tensor[]): number[] {
  const { numTensors } = memory();
  const results = [tidy(work)].flat();
  const values = results.flatMap((result) => Array.from(result.dataSync()));
  for (const result of results) result.dispose();
  expect(memory().numTensors).toBe(numTensors);
  return values;
}

const noise = (batch: number, height: number, width: number, seed: number, channels = 3) =>
  randomTensor([batch, height, width, channels], seed);

describeOnBackends('pictures in tiles', ['wasm'], () => {
  const metrics = new Map<NetName, Lpips>();
  const metricOf = (net: NetName): Lpips => {
    const known = metrics.get(net);
    if (known) return known;
    const lpips = Lpips.fromWeights(weightsOf(net), { net, onWarning: null });
    metrics.set(net, lpips);
    // The first gradient makes filters, which stay.
    const x = noise(1, 32, 32, 1);
    grad((x: Tensor) => lpips.distance(x as Tensor4D, x as Tensor4D))(x).dispose();
    return lpips;
  };
  afterAll(() => {
    for (const lpips of metrics.values()) lpips.dispose();
  });

  /**
   * The gradients of Σ dy · method, with respect to both. The mask is made on the tape, which disposes it before the gradient is
   * computed.
   */
  function gradientsOf(
    lpips: Lpips,
    method: Method,
    [x, y]: [Tensor4D, Tensor4D],
    { mask, ...options }: CompareOptions,
    dy: Tensor,
  ) {
    const compare = (x: Tensor, y: Tensor) =>
      lpips[method](x as Tensor4D, y as Tensor4D, { ...options, ...(mask && { mask: mask.mul(2) }) });
    return valuesOf(() => grads(compare)([x, y], dy));
  }

  function expectValues(
    lpips: Lpips,
    x: Tensor4D | Features,
    y: Tensor4D | Features,
    options: CompareOptions = {},
    methods: readonly Method[] = ['layers', 'map'],
    tiles: CompareOptions = TILES,
  ) {
    for (const method of methods) {
      const whole = valuesOf(() => lpips[method](x, y, options));
      const tiled = valuesOf(() => lpips[method](x, y, { ...options, ...tiles }));
      expect(relativeError(tiled, whole), method).toBeLessThan(VALUES);
    }
  }

  function expectGradients(
    lpips: Lpips,
    x: Tensor4D,
    y: Tensor4D,
    options: CompareOptions,
    methods: readonly Method[],
    tiles: CompareOptions = TILES,
  ) {
    for (const method of methods) {
      const { shape, size } = tidy(() => lpips[method](x, y, options));
      const dy = randomTensor([1, 1, 1, size], 7).reshape(shape);
      const whole = gradientsOf(lpips, method, [x, y], options, dy);
      const tiled = gradientsOf(lpips, method, [x, y], { ...options, ...tiles }, dy);
      expect(relativeError(tiled, whole), method).toBeLessThan(GRADIENTS);
    }
  }

  it.each([
    ['lite', 131, 70, METHODS, TILES],
    ['lite', 40, 31, METHODS, TILES],
    ['alex', 200, 35, METHODS, LARGE_TILES],
    ['alex', 35, 200, ['layers'], LARGE_TILES],
    ['squeeze', 210, 20, METHODS, LARGE_TILES],
    ['squeeze', 20, 210, ['layers'], LARGE_TILES],
  ] as const)('of %s have the values of whole ones: %ix%i', (net, height, width, methods, tiles) => {
    const [x, y] = [noise(1, height, width, 1), noise(1, height, width, 2)];
    expectValues(metricOf(net), x, y, {}, methods, tiles);
  });

  it.each([
    ['lite', 87, 40, ['distance', 'map'], TILES],
    ['alex', 200, 35, ['distance'], LARGE_TILES],
    ['squeeze', 210, 20, ['distance'], LARGE_TILES],
  ] as const)('of %s have the gradients of whole ones: %ix%i', (net, height, width, methods, tiles) => {
    const [x, y] = [noise(1, height, width, 1), noise(1, height, width, 2)];
    expectGradients(metricOf(net), x, y, {}, methods, tiles);
  });

  it('of vgg have values and gradient of whole ones: 224x16', () => {
    const lpips = metricOf('vgg');
    const [x, y] = [noise(1, 224, 16, 1), noise(1, 224, 16, 2)];
    const ask = (options: CompareOptions) =>
      valuesOf(() => {
        const { value, grad } = valueAndGrad((x: Tensor) => lpips.distance(x as Tensor4D, y, options))(x);
        return [value, grad];
      });
    const [distance, ...gradient] = ask({});
    const [tiledDistance, ...tiledGradient] = ask({ tiles: { side: 112 } });
    expect(relativeError([tiledDistance ?? 0], [distance ?? 0])).toBeLessThan(VALUES);
    expect(relativeError(tiledGradient, gradient)).toBeLessThan(GRADIENTS);
  });

  it('of alex and squeeze have the values of whole ones at every residue of the stride', () => {
    for (const net of ['alex', 'squeeze'] as const) {
      const lpips = metricOf(net);
      for (let extra = 0; extra < 16; extra++) {
        const [x, y] = [noise(1, 180 + extra, 31, 1), noise(1, 180 + extra, 31, 2)];
        expectValues(lpips, x, y, {}, ['layers'], LARGE_TILES);
        for (const tensor of [x, y]) tensor.dispose();
      }
    }
  });

  it.each([
    ['lite', 120],
    ['alex', 200],
    ['squeeze', 260],
    ['vgg', 240],
  ] as const)('of %s need every row of the halo, and none beyond it', (net, height) => {
    const lpips = metricOf(net);
    const width = lpips.smallestSize;
    const pixels = randomValues(height * width * 3, 1);
    const others = randomValues(height * width * 3, 2, -3, 3);
    const tapRow = (tap: number, row: number, isOther: (row: number) => boolean): number[] => {
      const values = pixels.map((value, i) => (isOther(Math.floor(i / width / 3)) ? at(others, i) : value));
      return valuesOf(() => {
        const features = lpips.features(tensor4d(values, [1, height, width, 3]));
        const activations = at(features.taps, tap);
        const [, , w, channels] = activations.shape;
        const taken = slice(activations, [0, row, 0, 0], [1, 1, w, channels]).clone();
        features.dispose();
        return taken;
      });
    };
    const fields = receptiveFields(backboneOf('test', net));
    for (const [tap, { stride, low, high }] of fields.entries()) {
      if (net === 'vgg' && tap < fields.length - 1) continue;
      const row = Math.floor((height / 2 - (low + high) / 2) / stride);
      const seen = { start: row * stride + low, end: row * stride + high + 1 };
      expect(seen.start).toBeGreaterThan(0);
      expect(seen.end).toBeLessThan(height);
      const before = tapRow(tap, row, () => false);
      expect(tapRow(tap, row, (y) => y < seen.start || y >= seen.end)).toEqual(before);
      expect(tapRow(tap, row, (y) => y === seen.start)).not.toEqual(before);
      expect(tapRow(tap, row, (y) => y === seen.end - 1)).not.toEqual(before);
    }
  });

  describe('of lite', () => {
    const size = [70, 52] as const;

    it('take masks, ranges, greyscale and integers as whole ones do', () => {
      const lpips = metricOf('lite');
      const [x, y] = [noise(1, ...size, 1), noise(1, ...size, 2)];
      const mask = randomTensor([1, ...size, 1], 3, -1, 1).relu() as Tensor4D;
      expectValues(lpips, x, y, { mask });
      expectGradients(lpips, x, y, { mask }, ['distance', 'map']);
      const [grey, other] = [noise(1, ...size, 4, 1), noise(1, ...size, 5, 1)];
      expectValues(lpips, grey, other);
      expectGradients(lpips, grey, other, {}, ['layers']);
      const bytes = (images: Tensor4D): Tensor4D => images.add(1).mul(127.5).round().cast('int32');
      expectValues(lpips, bytes(x), bytes(y), { range: [0, 255] });
    });

    it('take batches, and one reference against all: x=[2,70,52,3]', () => {
      const lpips = metricOf('lite');
      const [x, y, one] = [noise(2, ...size, 1), noise(2, ...size, 2), noise(1, ...size, 3)];
      const mask = randomTensor([2, ...size, 1], 4, 0, 1);
      expectValues(lpips, x, y, { mask });
      expectValues(lpips, x, one, {}, ['layers']);
      expectGradients(lpips, x, y, { mask }, ['distance']);
      expectGradients(lpips, x, one, {}, ['layers']);
      expectGradients(lpips, x, one, { mask }, ['distance']);
    });

    it('are compared with cached features, on either side and under a mask', () => {
      const lpips = metricOf('lite');
      const [x, y] = [noise(2, ...size, 1), noise(2, ...size, 2)];
      const mask = randomTensor([1, ...size, 1], 3, -1, 1).relu() as Tensor4D;
      const [u, v] = [lpips.features(x), lpips.features(y)];
      expectValues(lpips, x, v);
      expectValues(lpips, u, y, {}, ['layers']);
      expectValues(lpips, u, v, {}, ['layers']);
      expectValues(lpips, x, v, { mask });
      const slope = (tiles: CompareOptions) =>
        valuesOf(() => grad((x: Tensor) => lpips.distance(x as Tensor4D, v, tiles))(x));
      expect(relativeError(slope(TILES), slope({}))).toBeLessThan(GRADIENTS);
      const ofMap = (options: CompareOptions) =>
        valuesOf(() => grad((y: Tensor) => lpips.map(u, y as Tensor4D, options))(y));
      expect(relativeError(ofMap(TILES), ofMap({}))).toBeLessThan(GRADIENTS);
      const throughFeatures = () =>
        tidy(() =>
          grad((y: Tensor) => {
            const features = lpips.features(y as Tensor4D);
            try {
              return lpips.distance(x, features, TILES);
            } finally {
              features.dispose();
            }
          })(y),
        );
      expect(throughFeatures).toThrow(
        new LpipsError(
          'gradient: cannot reach features that were made on the tape: they were compared in tiles. ' +
            'Give the images themselves, or leave out tiles.',
        ),
      );
      u.dispose();
      v.dispose();
    });

    it('give gradients between operations, and refuse a gradient of a gradient', () => {
      const lpips = metricOf('lite');
      const [x, y] = [noise(1, ...size, 1), noise(1, ...size, 2)];
      const between = (options: CompareOptions) =>
        valuesOf(() =>
          grads((x: Tensor, y: Tensor) =>
            lpips.distance(x.mul(0.5) as Tensor4D, y.square() as Tensor4D, options).square(),
          )([x, y]),
        );
      expect(relativeError(between(TILES), between({}))).toBeLessThan(GRADIENTS);
      for (const method of ['distance', 'layers'] as const) {
        const slope = (x: Tensor) => grad((x: Tensor) => lpips[method](x as Tensor4D, y, TILES))(x);
        expect(() => tidy(() => grad((x: Tensor) => slope(x).square().sum())(x))).toThrow(
          'it has first derivatives only',
        );
      }
    });

    it('are NaN as a whole if one pixel is not finite', () => {
      const lpips = metricOf('lite');
      const y = noise(1, ...size, 2);
      const pixels = noise(1, ...size, 1)
        .dataSync()
        .slice();
      pixels[0] = Number.NaN;
      const x = tensor4d(pixels, [1, ...size, 3]);
      const others = concat([noise(1, ...size, 3), x]) as Tensor4D;
      expect(valuesOf(() => lpips.distance(others, y, TILES)).map(Number.isNaN)).toEqual([false, true]);
      expect(valuesOf(() => lpips.map(x, y, TILES)).every(Number.isNaN)).toBe(true);
      for (const method of ['distance', 'layers'] as const) {
        const gradient = valuesOf(() =>
          grads((x, y) => lpips[method](x as Tensor4D, y as Tensor4D, TILES))([x, y]),
        );
        expect(gradient.every(Number.isNaN)).toBe(true);
      }
    });

    it('tell the tiles that are done, and end where onTile throws, with nothing left over', () => {
      const lpips = metricOf('lite');
      const [x, y] = [noise(2, ...size, 1), noise(2, ...size, 2)];
      const told: string[] = [];
      const onTile = (done: number, total: number) => told.push(`${done}/${total}`);
      valuesOf(() => lpips.distance(x, y, { ...TILES, onTile }));
      expect(told).toEqual(Array.from({ length: 12 }, (_, tile) => `${tile + 1}/12`));
      const stop = new Error('enough');
      const stopping = {
        ...TILES,
        onTile: (done: number) => {
          if (done === 3) throw stop;
        },
      };
      const { numTensors } = memory();
      expect(() => lpips.distance(x, y, stopping)).toThrow(stop);
      expect(() => lpips.map(x, y, stopping)).toThrow(stop);
      expect(() => tidy(() => grad((x: Tensor) => lpips.distance(x as Tensor4D, y, stopping))(x))).toThrow(
        stop,
      );
      expect(memory().numTensors).toBe(numTensors);
      valuesOf(() => grad((x: Tensor) => lpips.distance(x as Tensor4D, y, TILES))(x));
    });

    it('are refused where onTile disposes the metric', () => {
      const lpips = Lpips.fromWeights(weightsOf('lite'), { net: 'lite', onWarning: null });
      const x = noise(1, ...size, 1);
      expect(() => lpips.distance(x, x, { ...TILES, onTile: () => lpips.dispose() })).toThrow(
        new LpipsError('distance: cannot compute: this Lpips is disposed. Make a new one with fromWeights.'),
      );
    });

    it('leave nothing of a tile but what it owns: bytes after each, of 24 tiles', () => {
      const lpips = metricOf('lite');
      const [height, width] = [192, 128];
      const [x, y] = [noise(1, height, width, 1), noise(1, height, width, 2)];
      const options: CompareOptions = { ...TILES };
      // The differences of all taps have 1.4 values a pixel, a gradient 3. While pieces are joined there are two of each.
      for (const [values, work] of [
        [1.4, () => lpips.layers(x, y, options)],
        [3 + 1.4 + 1.4, () => grad((x: Tensor) => lpips.distance(x as Tensor4D, y, options))(x)],
      ] as const) {
        const { numBytes } = memory();
        const after: number[] = [];
        options.onTile = () => after.push(memory().numBytes - numBytes);
        work().dispose();
        expect(after).toHaveLength(24);
        expect(Math.max(...after)).toBeLessThan(2 * values * height * width * 4);
      }
    });

    it('are cut by themselves only where the memory does not hold the whole', () => {
      const lpips = metricOf('lite');
      const [x, y] = [noise(1, ...size, 1), noise(1, ...size, 2)];
      let tiles = 0;
      const onTile = () => tiles++;
      expect(valuesOf(() => lpips.distance(x, y, { tiles: 'auto', onTile }))).toEqual(
        valuesOf(() => lpips.distance(x, y)),
      );
      expect(tiles).toBe(0);
    });

    it('are refused sides that are none', () => {
      const lpips = metricOf('lite');
      const x = zeros([1, 32, 32, 3]) as Tensor4D;
      const refused = (options: object) => {
        try {
          lpips.distance(x, x, options).dispose();
          return 'nothing was refused';
        } catch (error) {
          return error instanceof LpipsError ? error.message : error;
        }
      };
      expect(refused({ tiles: 'big' })).toBe(
        'distance: expected \'auto\' or an object with a side for tiles, got "big".',
      );
      expect(refused({ tiles: { side: 8 } })).toBe(
        'distance: expected a whole number of at least 16 for tiles.side, got 8.',
      );
      expect(refused({ tiles: { size: 64 } })).toBe(
        'distance: expected side for tiles, got "size". Is it a spelling mistake?',
      );
      expect(refused({ tiles: [] })).toBe(
        'distance: expected an object for tiles, got an array. Options are named: side.',
      );
      expect(refused({ onTile: 1 })).toBe('distance: expected a function for onTile, got the number 1.');
    });
  });
});
