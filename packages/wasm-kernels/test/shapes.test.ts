/**
 * Convolutions and poolings through TensorFlow.js's operations, in shapes at which the stock backend or TensorFlow.js's own
 * arithmetic of paddings errs: values against the definition, gradients against central differences of the definition.
 */
import {
  avgPool,
  avgPool3d,
  conv2d,
  conv3d,
  depthwiseConv2d,
  fused,
  grads,
  maxPool,
  maxPool3d,
  maxPoolWithArgmax,
  type Tensor,
  type Tensor4D,
  type Tensor5D,
  tensor,
} from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { randomValues, relativeError, sizeOf } from '../../../test/support/numbers.js';
import { useThreads } from '../src/index.js';
import { Pool } from '../src/pool/pool.js';
import { coresOfMachine } from '../src/pool/threads.js';
import { expectNoLeak, SAME_SUM, valuesOn } from './support/backends.js';
import { centralDifferences, definitionOf, shapeOfSum, type WindowSum } from './support/window-sums.js';

type Pair = [number, number];
type Triple = [number, number, number];
type Operation = (x: Tensor, filter: Tensor) => Tensor;

/** The definition is linear but for the maximum, so wide steps lose nothing; the maximum keeps its place in small ones. */
const STEP = { full: 0.5, depthwise: 0.5, average: 0.5, maximum: 2 ** -14 };

const PADS: WindowSum['pad'][] = ['same', 'valid', 1];

function* imageSums(): Generator<WindowSum> {
  const windows: Pair[] = [
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 4],
    [3, 2],
    [1, 3],
    [2, 4],
  ];
  const strides: Pair[] = [
    [1, 1],
    [2, 2],
    [3, 3],
    [5, 5],
    [2, 1],
    [1, 3],
  ];
  for (const kind of ['full', 'depthwise', 'average', 'maximum'] as const) {
    for (const window of windows) {
      for (const stride of strides) {
        for (const pad of PADS) {
          const isOutside = (kind === 'average' || kind === 'maximum') && Number(pad) >= Math.min(...window);
          if (isOutside) continue; // a window that lies in the padding has neither a mean nor a maximum
          yield { kind, x: [2, 1, 7, 8, 2], window: [1, ...window], strides: [1, ...stride], pad, out: 3 };
        }
      }
    }
  }
}

function* volumeSums(): Generator<WindowSum> {
  const windows: Triple[] = [
    [1, 1, 1],
    [2, 2, 2],
    [3, 3, 3],
    [3, 2, 1],
    [1, 3, 2],
  ];
  const strides: Triple[] = [
    [1, 1, 1],
    [2, 2, 2],
    [3, 3, 3],
    [2, 1, 3],
  ];
  for (const kind of ['full', 'average', 'maximum'] as const) {
    for (const window of windows) {
      for (const stride of strides) {
        for (const pad of PADS) {
          if (pad === 1 && (kind === 'full' || Math.min(...window) === 1)) continue; // conv3d takes no number
          yield { kind, x: [1, 4, 5, 6, 2], window, strides: stride, pad, out: 2 };
        }
      }
    }
  }
}

const title = ({ kind, x, window, strides, pad }: WindowSum) =>
  `${kind} x=[${x.join()}] f=[${window.join()}] s=${strides.join()} p=${pad}`;

/** The shapes that TensorFlow.js takes: without the depth where it is 1. */
function shapesOf(sum: WindowSum): { x: number[]; filter: number[]; y: number[] } {
  const isImage = sum.x[1] === 1;
  const filter = [...sum.window, sum.x[4], sum.out];
  const flat = (shape: number[], axis: number) => (isImage ? shape.toSpliced(axis, 1) : shape);
  return { x: flat(sum.x, 1), filter: flat(filter, 0), y: flat(shapeOfSum(sum), 1) };
}

function operationOf({ kind, x, window, strides, pad }: WindowSum): Operation {
  const [plane, steps] = [window.slice(1) as Pair, strides.slice(1) as Pair];
  if (x[1] === 1) {
    const image = (x: Tensor) => x as Tensor4D;
    if (kind === 'full') return (x, filter) => conv2d(image(x), image(filter), steps, pad);
    if (kind === 'depthwise') return (x, filter) => depthwiseConv2d(image(x), image(filter), steps, pad);
    const pool = kind === 'average' ? avgPool : maxPool;
    return (x) => pool(image(x), plane, steps, pad);
  }
  const volume = (x: Tensor) => x as Tensor5D;
  if (kind === 'full') {
    return (x, filter) => conv3d(volume(x), volume(filter), strides, pad as 'same' | 'valid');
  }
  const pool = kind === 'average' ? avgPool3d : maxPool3d;
  return (x) => pool(volume(x), window, strides, pad);
}

const hasFilter = ({ kind }: WindowSum) => kind === 'full' || kind === 'depthwise';

function gradientsOf(sum: WindowSum, x: Tensor, filter: Tensor, dy: Tensor): Tensor[] {
  const operation = operationOf(sum);
  return hasFilter(sum) ? grads(operation)([x, filter], dy) : grads((x) => operation(x, filter))([x], dy);
}

describe('values and gradients are those of the definition', () => {
  it.each([...imageSums(), ...volumeSums()].map((sum) => ({ name: title(sum), sum })))(
    '$name',
    async ({ sum }) => {
      const shapes = shapesOf(sum);
      const x = randomValues(sizeOf(shapes.x), 1);
      const filter = randomValues(sizeOf(shapes.filter), 2);
      const dy = randomValues(sizeOf(shapes.y), 3);
      const given = (): [Tensor, Tensor] => [tensor(x, shapes.x), tensor(filter, shapes.filter)];

      const definition = definitionOf(sum);
      const y = await valuesOn('wasm', () => operationOf(sum)(...given()));
      expect(y.shape).toEqual(shapes.y);
      expect(relativeError(y.values, definition(x, filter))).toBeLessThan(SAME_SUM);

      const gradient = (index: number) => () =>
        gradientsOf(sum, ...given(), tensor(dy, shapes.y))[index] as Tensor;
      const dx = centralDifferences(x, STEP[sum.kind], dy, (moved) => definition(moved, filter));
      expect(relativeError((await valuesOn('wasm', gradient(0))).values, dx)).toBeLessThan(SAME_SUM);
      if (!hasFilter(sum)) return;
      const dw = centralDifferences(filter, STEP[sum.kind], dy, (moved) => definition(x, moved));
      expect(relativeError((await valuesOn('wasm', gradient(1))).values, dw)).toBeLessThan(SAME_SUM);
    },
  );
});

describe('with useThreads(0) the kernels of TensorFlow.js agree with those on threads', () => {
  const sample = [...imageSums()].filter(hasFilter).filter((_, index) => index % 5 === 0);

  function worksOf(sum: WindowSum): (() => Tensor)[] {
    const shapes = shapesOf(sum);
    const given = () =>
      [shapes.x, shapes.filter, shapes.y].map((shape, index) =>
        tensor(randomValues(sizeOf(shape), index + 1), shape),
      ) as [Tensor, Tensor, Tensor];
    return [
      () => operationOf(sum)(...(given().slice(0, 2) as [Tensor, Tensor])),
      () => gradientsOf(sum, ...given())[0] as Tensor,
      () => gradientsOf(sum, ...given())[1] as Tensor,
    ];
  }

  // All of them first: a pool of threads takes longer to start than a convolution takes.
  const stock = new Map<WindowSum, Awaited<ReturnType<typeof valuesOn>>[]>();
  beforeAll(async () => {
    const jobs = vi.spyOn(Pool.prototype, 'run');
    useThreads(0);
    for (const sum of sample) {
      const results = [];
      for (const work of worksOf(sum)) results.push(await valuesOn('wasm', work));
      stock.set(sum, results);
    }
    expect(jobs).not.toHaveBeenCalled();
    useThreads(coresOfMachine());
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  afterAll(() => useThreads(coresOfMachine()));

  it.each(sample.map((sum) => ({ name: title(sum), sum })))('$name', async ({ sum }) => {
    const jobs = vi.spyOn(Pool.prototype, 'run');
    for (const [index, work] of worksOf(sum).entries()) {
      jobs.mockClear();
      const own = await valuesOn('wasm', work);
      expect(jobs).toHaveBeenCalled();
      const expected = at(stock.get(sum) ?? [], index);
      expect(own.shape).toEqual(expected.shape);
      expect(relativeError(own.values, expected.values)).toBeLessThan(SAME_SUM);
    }
  });
});

describe('the fused forms and the places of maxima', () => {
  const sum = (rest: Partial<WindowSum>): WindowSum => ({
    kind: 'full',
    x: [2, 1, 7, 8, 2],
    window: [1, 2, 2],
    strides: [1, 5, 5],
    pad: 'same',
    out: 3,
    ...rest,
  });
  const conv = (sum: WindowSum) => ({ strides: sum.strides.slice(1) as Pair, pad: sum.pad });

  it.each([sum({}), sum({ window: [1, 3, 2], strides: [1, 1, 1], pad: 1 })])(
    'of a convolution (%#)',
    async (sum) => {
      await expectDefinition(sum, (x, filter) =>
        fused.conv2d({ x: x as Tensor4D, filter: filter as Tensor4D, ...conv(sum) }),
      );
      const depthwise: WindowSum = { ...sum, kind: 'depthwise' };
      await expectDefinition(depthwise, (x, filter) =>
        fused.depthwiseConv2d({ x: x as Tensor4D, filter: filter as Tensor4D, ...conv(sum) }),
      );
    },
  );

  it('of a maximum: f=[1,3] s=2,1 p=0', async () => {
    const pooled = sum({ kind: 'maximum', window: [1, 1, 3], strides: [1, 2, 1], pad: 0 });
    await expectDefinition(
      pooled,
      (x) => maxPoolWithArgmax(x as Tensor4D, [1, 3], [2, 1], 0)['result'] as Tensor,
    );
  });

  async function expectDefinition(sum: WindowSum, operation: Operation): Promise<void> {
    const shapes = shapesOf(sum);
    const x = randomValues(sizeOf(shapes.x), 1, 0.1, 1); // the stock MaxPoolWithArgmax knows positive values only
    const filter = randomValues(sizeOf(shapes.filter), 2);
    const y = await valuesOn('wasm', () => operation(tensor(x, shapes.x), tensor(filter, shapes.filter)));
    expect(y.shape).toEqual(shapes.y);
    expect(relativeError(y.values, definitionOf(sum)(x, filter))).toBeLessThan(SAME_SUM);
  }
});

describe('average pooling', () => {
  it('worked by hand at the edge: x=[1,1,3,1] f=[1,2] s=1 p=same, dy=(2,4,8)', async () => {
    // y0 = (x0 + x1) / 2, y1 = (x1 + x2) / 2, and y2 = x2 alone
    const x = () => tensor([1, 2, 3], [1, 1, 3, 1]);
    const dx = () =>
      grads((x) => avgPool(x as Tensor4D, [1, 2], 1, 'same'))([x()], tensor([2, 4, 8], [1, 1, 3, 1]));
    expect((await valuesOn('wasm', () => dx()[0] as Tensor)).values).toEqual([1, 3, 10]);
  });

  it('refuses windows that are rounded up at the edge', async () => {
    const work = () =>
      grads((x) => avgPool(x as Tensor4D, 2, 3, 0, 'ceil'))([
        tensor(randomValues(16, 1), [1, 4, 4, 1]),
      ])[0] as Tensor;
    await expect(valuesOn('wasm', work)).rejects.toThrow(
      'AvgPoolGrad: expected [1, 1, 1, 1] for dy, got [1, 2, 2, 1]. Pool without dimRoundingMode.',
    );
  });

  it.each([
    { kind: 'average', x: [2, 1, 7, 8, 2], window: [1, 3, 3], strides: [1, 2, 2], pad: 'same', out: 1 },
    { kind: 'average', x: [1, 4, 5, 6, 2], window: [2, 2, 2], strides: [3, 3, 3], pad: 'same', out: 1 },
    { kind: 'full', x: [1, 4, 5, 6, 2], window: [2, 2, 2], strides: [3, 3, 3], pad: 'same', out: 1 },
  ] satisfies WindowSum[])('leaves no tensor behind (%#)', async (sum) => {
    const shapes = shapesOf(sum);
    const [x, filter] = [
      tensor(randomValues(sizeOf(shapes.x), 1), shapes.x),
      tensor(randomValues(sizeOf(shapes.filter), 2), shapes.filter),
    ];
    const dy = tensor(randomValues(sizeOf(shapes.y), 3), shapes.y);
    await expectNoLeak(() => {
      const [dx, dw] = gradientsOf(sum, x, filter, dy);
      dw?.dispose();
      return dx as Tensor;
    });
  });
});
