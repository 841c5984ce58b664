/**
 * The four gradient kernels of convolutions over one table of geometries, against the JavaScript backend.
 */
import '../../src/index.js';
import { engine, ready, setBackend, tensor4d } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectNoLeak, expectSame, valuesOn } from '../support/backends.js';
import {
  type Convolution,
  filterGradient,
  filterGradientWitness,
  inputGradient,
  inputGradientWitness,
  inputsOfFilterGradient,
  inputsOfInputGradient,
  title,
} from '../support/convolutions.js';

type Row = [x: Convolution['x'], side: number | [number, number], out: number, rest?: Partial<Convolution>];

const geometries: Row[] = [
  [[1, 1, 1, 1], 1, 1],
  [[2, 7, 5, 3], 3, 2],
  [[2, 7, 5, 3], 3, 9, { pad: 'valid' }],
  [[1, 6, 9, 1], 5, 1],
  [[3, 5, 5, 4], 1, 6],
  [[3, 5, 6, 4], 1, 6, { strides: 2 }],
  [[2, 8, 7, 2], 1, 3, { strides: [3, 2] }],
  [[2, 7, 5, 3], [2, 3], 4],
  [[2, 5, 4, 2], [4, 1], 40],
  [[2, 7, 5, 3], 3, 2, { strides: 2 }],
  [[2, 8, 6, 3], 3, 2, { strides: 2, pad: 'valid' }],
  [[1, 9, 10, 1], 4, 2, { strides: 3, pad: 1 }],
  [[2, 8, 8, 2], 4, 3, { strides: 2 }],
  [[2, 9, 8, 2], 2, 3, { strides: 3 }],
  [[2, 9, 11, 2], 3, 3, { strides: [2, 3] }],
  [[2, 9, 6, 2], 3, 3, { strides: [1, 2], pad: 'valid' }],
  [[1, 23, 24, 3], 11, 2, { strides: 4, pad: 2 }],
  [[1, 10, 10, 2], 3, 2, { pad: 2 }],
  [[1, 4, 5, 2], 3, 2, { pad: 4 }],
  [[1, 5, 4, 2], 3, 2, { pad: 5, strides: 2 }],
  [[2, 3, 3, 2], 5, 2],
  [[2, 2, 3, 2], 7, 2, { strides: 2 }],
  [
    [2, 6, 7, 2],
    3,
    3,
    {
      pad: [
        [0, 0],
        [0, 2],
        [3, 1],
        [0, 0],
      ],
    },
  ],
  [
    [2, 6, 7, 2],
    3,
    3,
    {
      strides: 2,
      pad: [
        [0, 0],
        [2, 0],
        [1, 3],
        [0, 0],
      ],
    },
  ],
  [[2, 7, 9, 2], 3, 3, { dilations: 2 }],
  [[2, 9, 9, 2], 3, 3, { dilations: 3, pad: 'valid' }],
  [[1, 4, 5, 2], 3, 2, { dilations: 4 }],
  [[2, 8, 9, 3], [3, 2], 2, { dilations: [2, 3] }],
  [[2, 8, 9, 1], 2, 40, { dilations: [1, 2] }],
  [[1, 9, 9, 2], 3, 2, { dilations: 2, pad: 2 }],
];

function convolution([x, side, out, rest]: Row, kind: Convolution['kind']): Convolution {
  const [height, width] = typeof side === 'number' ? [side, side] : side;
  const filter: Convolution['filter'] = [height, width, x[3], out];
  return { x, filter, strides: 1, dilations: 1, pad: 'same', kind, ...rest };
}

describe.each(['full', 'depthwise'] as const)('gradients of a %s convolution agree with cpu', (kind) => {
  for (const row of geometries) {
    const geometry = convolution(row, kind);

    it(`to the input: ${title(geometry)}`, async () => {
      await expectSame(
        () => inputGradient(geometry),
        () => inputGradientWitness(geometry),
      );
    });

    it(`to the filter: ${title(geometry)}`, async () => {
      await expectSame(
        () => filterGradient(geometry),
        () => filterGradientWitness(geometry),
      );
    });
  }

  it('in an empty batch: x=[0,4,4,2] f=[3,3] s=1 d=1 p=same', async () => {
    const geometry = convolution([[0, 4, 4, 2], 3, 2], kind);
    expect(await valuesOn('wasm', () => inputGradient(geometry))).toEqual({
      shape: [0, 4, 4, 2],
      values: [],
    });
    const { values } = await valuesOn('wasm', () => filterGradient(geometry));
    expect(values).toEqual(Array(36).fill(0));
  });
});

describe('gradients of a convolution', () => {
  beforeAll(async () => {
    await setBackend('wasm');
    await ready();
  });

  const attrs = { strides: 2, pad: 'valid', dataFormat: 'NHWC' };
  const dy = () => tensor4d([1, 10], [1, 1, 2, 1]);

  it('worked by hand, to the input: x=[1,1,5,1] f=[1,3] s=2 d=1 p=valid, w=(1,2,3), dy=(1,10)', () => {
    const inputs = { dy: dy(), filter: tensor4d([1, 2, 3], [1, 3, 1, 1]) };
    const dx = engine().runKernel('Conv2DBackpropInput', inputs, { ...attrs, inputShape: [1, 1, 5, 1] });
    // y0 = x0 + 2·x1 + 3·x2, y1 = x2 + 2·x3 + 3·x4
    expect([...engine().readSync((dx as typeof inputs.dy).dataId)]).toEqual([1, 2, 13, 20, 30]);
  });

  it('worked by hand, to the filter: x=[1,1,5,1] f=[1,3] s=2 d=1 p=valid, x=(1,2,3,4,5), dy=(1,10)', () => {
    const inputs = { x: tensor4d([1, 2, 3, 4, 5], [1, 1, 5, 1]), dy: dy() };
    for (const kernel of ['Conv2DBackpropFilter', 'DepthwiseConv2dNativeBackpropFilter']) {
      const dw = engine().runKernel(kernel, inputs, { ...attrs, filterShape: [1, 3, 1, 1] });
      // Each weight saw a pixel of the first window and one of the second: 1 + 10·3, 2 + 10·4, 3 + 10·5
      expect([...engine().readSync((dw as typeof inputs.dy).dataId)]).toEqual([31, 42, 53]);
    }
  });
});

describe.each(['full', 'depthwise'] as const)('gradients of a %s convolution', (kind) => {
  it.each([
    { strides: 1, dilations: 1 },
    { strides: 2, dilations: 1 },
    { strides: 1, dilations: 2 },
  ])('leave no tensor behind, s=$strides d=$dilations', async (movement) => {
    const geometry = convolution([[2, 7, 5, 3], 3, 2, movement], kind);
    const [forInput, forFilter] = [inputsOfInputGradient(geometry), inputsOfFilterGradient(geometry)];
    await expectNoLeak(() => inputGradient(geometry, forInput));
    await expectNoLeak(() => filterGradient(geometry, forFilter));
  });
});
