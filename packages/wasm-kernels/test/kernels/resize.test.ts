/**
 * Resizing and its gradient against their definition, for sizes that grow, shrink and stay, with each way to place pixels.
 * The gradient is the adjoint: <resize x, dy> = <x, gradient of dy>.
 */
import '../../src/index.js';
import { grad, image, type Tensor, type Tensor4D, tensor4d } from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import { randomValues, relativeError, sizeOf } from '../../../../test/support/numbers.js';
import { expectNoLeak, SAME_SUM, valuesOn } from '../support/backends.js';

type Shape4D = [number, number, number, number];
type Method = 'nearest' | 'bilinear';

interface Placing {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/** Pixels of x that one of y is made of, with their weights, along one axis. */
type Share = readonly [index: number, weight: number];

/** The weights of every pixel of y along an axis, in float32 as in TensorFlow. */
function sharesOf(method: Method, size: number, out: number, placing: Placing): Share[][] {
  const aligned = placing.alignCorners && out > 1;
  const step = Math.fround(aligned ? (size - 1) / (out - 1) : size / out);
  return Array.from({ length: out }, (_, o): Share[] => {
    if (method === 'nearest') {
      const place = Math.fround((placing.halfPixelCenters ? o + 0.5 : o) * step);
      return [[Math.min(size - 1, Math.floor(placing.alignCorners ? place + 0.5 : place)), 1]];
    }
    const place = Math.fround(
      placing.halfPixelCenters ? Math.fround((o + 0.5) * step) - 0.5 : Math.fround(o * step),
    );
    const share = place - Math.floor(place);
    return [
      [Math.max(0, Math.floor(place)), 1 - share],
      [Math.min(size - 1, Math.ceil(place)), share],
    ];
  });
}

/** Calls `visit` for every number of y with every number of x that it is made of. */
function eachShare(
  method: Method,
  [batch, height, width, channels]: Shape4D,
  [outHeight, outWidth]: readonly [number, number],
  placing: Placing,
  visit: (x: number, y: number, weight: number) => void,
): void {
  const rows = sharesOf(method, height, outHeight, placing);
  const columns = sharesOf(method, width, outWidth, placing);
  for (let image = 0; image < batch; image++) {
    for (const [outRow, ofRow] of rows.entries()) {
      for (const [outColumn, ofColumn] of columns.entries()) {
        const y = ((image * outHeight + outRow) * outWidth + outColumn) * channels;
        for (const [row, down] of ofRow) {
          for (const [column, across] of ofColumn) {
            const x = ((image * height + row) * width + column) * channels;
            for (let c = 0; c < channels; c++) visit(x + c, y + c, down * across);
          }
        }
      }
    }
  }
}

const cases: [x: Shape4D, size: [number, number]][] = [
  [
    [2, 4, 5, 16],
    [8, 10],
  ],
  [
    [3, 3, 2, 3],
    [9, 4],
  ],
  [
    [2, 7, 6, 5],
    [3, 4],
  ],
  [
    [1, 5, 5, 4],
    [5, 5],
  ],
  [
    [2, 1, 1, 7],
    [3, 2],
  ],
  [
    [2, 6, 4, 9],
    [1, 1],
  ],
  [
    [1, 3, 11, 1],
    [7, 13],
  ],
];
const placings: Placing[] = [
  { alignCorners: false, halfPixelCenters: false },
  { alignCorners: true, halfPixelCenters: false },
  { alignCorners: false, halfPixelCenters: true },
];

const operations = { nearest: image.resizeNearestNeighbor, bilinear: image.resizeBilinear };

describe.each(['nearest', 'bilinear'] as const)('resizing, %s', (method) => {
  for (const [shape, size] of cases) {
    for (const placing of placings) {
      const { alignCorners, halfPixelCenters } = placing;
      const resize = (x: Tensor) =>
        operations[method](x as Tensor4D, size, alignCorners, halfPixelCenters) as Tensor;
      const outShape: Shape4D = [shape[0], ...size, shape[3]];
      const x = randomValues(sizeOf(shape), 1);
      const dy = randomValues(sizeOf(outShape), 2);
      const name = `x=[${shape.join()}] y=[${size.join()}] alignCorners=${alignCorners} halfPixelCenters=${halfPixelCenters}`;

      it(`has the values of its definition: ${name}`, async () => {
        const expected = new Float64Array(dy.length);
        eachShare(method, shape, size, placing, (from, to, weight) => {
          expected[to] = at(expected, to) + weight * at(x, from);
        });
        const y = await valuesOn('wasm', () => resize(tensor4d(x, shape)));
        expect(y.shape).toEqual(outShape);
        expect(relativeError(y.values, expected)).toBeLessThan(SAME_SUM);
      });

      it(`has the gradient of its definition: ${name}`, async () => {
        const expected = new Float64Array(x.length);
        eachShare(method, shape, size, placing, (to, from, weight) => {
          expected[to] = at(expected, to) + weight * at(dy, from);
        });
        const dx = await valuesOn('wasm', () => grad(resize)(tensor4d(x, shape), tensor4d(dy, outShape)));
        expect(dx.shape).toEqual(shape);
        expect(relativeError(dx.values, expected)).toBeLessThan(SAME_SUM);
      });
    }
  }

  const resize = (x: Tensor) => operations[method](x as Tensor4D, [7, 9]) as Tensor;

  it('gives an image the same bits in every batch: x=[3,4,5,6] y=[7,9]', async () => {
    const [x, dy] = [randomValues(3 * 120, 3), randomValues(3 * 378, 4)];
    const passes = (values: Float32Array, gradients: Float32Array) =>
      Promise.all([
        valuesOn('wasm', () => resize(tensor4d(values, [values.length / 120, 4, 5, 6]))),
        valuesOn('wasm', () =>
          grad(resize)(
            tensor4d(values, [values.length / 120, 4, 5, 6]),
            tensor4d(gradients, [values.length / 120, 7, 9, 6]),
          ),
        ),
      ]);
    const [y, dx] = await passes(x, dy);
    for (let image = 0; image < 3; image++) {
      const [ofY, ofDx] = await passes(
        x.subarray(image * 120, (image + 1) * 120),
        dy.subarray(image * 378, (image + 1) * 378),
      );
      expect(y.values.slice(image * 378, (image + 1) * 378)).toEqual(ofY.values);
      expect(dx.values.slice(image * 120, (image + 1) * 120)).toEqual(ofDx.values);
    }
  });

  it('leaves no tensor behind', async () => {
    const x = tensor4d(randomValues(120, 1), [1, 4, 5, 6]);
    await expectNoLeak(() => grad(resize)(x));
  });
});
