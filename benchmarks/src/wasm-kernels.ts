/**
 * @module
 * The kernels of tfjs-wasm-kernels on all cores, against those of TensorFlow.js: its own WASM kernel where there is
 * one, the JavaScript backend where there is none. The JavaScript backend takes minutes for the sizes of a training, so
 * it is measured on small sizes.
 */
import '@tensorflow/tfjs-backend-cpu';
import {
  conv2d,
  depthwiseConv2d,
  engine,
  grad,
  matMul,
  maxPool,
  ready,
  setBackend,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor,
  tensor1d,
  tidy,
  unsortedSegmentSum,
} from '@tensorflow/tfjs';
import { at } from 'lpips-core';
import { alternate } from './alternate.js';
import { seededValues } from './seeded.js';
import { onStockKernels } from './stock-kernels.js';

type Shape4D = [number, number, number, number];

/** A square convolution with padding 'same'. */
interface Geometry {
  x: Shape4D;
  kernel: number;
  out: number;
  stride: number;
}

/** Sizes of convolutions in autoencoders. */
const GEOMETRIES: Geometry[] = [
  { x: [16, 64, 64, 16], kernel: 3, out: 32, stride: 1 },
  { x: [16, 32, 32, 32], kernel: 3, out: 64, stride: 1 },
  { x: [16, 16, 16, 64], kernel: 3, out: 128, stride: 1 },
  { x: [16, 64, 64, 3], kernel: 4, out: 32, stride: 2 },
  { x: [16, 32, 32, 32], kernel: 4, out: 64, stride: 2 },
];
/** Sizes that take the JavaScript backend seconds. */
const SMALL: Geometry[] = [
  { x: [2, 16, 16, 16], kernel: 3, out: 32, stride: 1 },
  { x: [2, 16, 16, 16], kernel: 4, out: 32, stride: 2 },
];

/** Milliseconds of each turn of one convolution and its gradients. */
export function convolutionsOnWasm(rounds = 5) {
  return GEOMETRIES.map((geometry) => {
    const { x, filter, dy } = tensorsOf(geometry);
    const times = alternate(
      {
        forward: read(() => conv2d(x, filter, geometry.stride, 'same')),
        filter: read(() => filterGradient(geometry, x, dy)),
        input: read(() => inputGradient(geometry, dy, filter)),
        'stock input': onStockKernels(read(() => inputGradient(geometry, dy, filter))),
      },
      { rounds, warmUp: 1 },
    );
    for (const tensor of [x, filter, dy]) tensor.dispose();
    return { title: titleOf(geometry), times };
  });
}

/** Milliseconds of each turn of the kernels that the stock backend also has. */
export function replacedKernelsOnWasm(rounds = 5) {
  const [a, b] = [seeded([1024, 256], 1), seeded([1024, 128], 2)] as [Tensor2D, Tensor2D];
  const x = seeded([16, 64, 64, 16], 3) as Tensor4D;
  const pooled = seeded([16, 32, 32, 16], 4) as Tensor4D;
  const product = read(() => matMul(a, b, true));
  const pooling = read(() => grad((x: Tensor) => maxPool(x as Tensor4D, 2, 2, 'valid'))(x, pooled));
  return alternate(
    {
      'matMul, transposed': product,
      'stock matMul, transposed': onStockKernels(product),
      'maxPool, gradient': pooling,
      'stock maxPool, gradient': onStockKernels(pooling),
    },
    { rounds, warmUp: 1 },
  );
}

/** Milliseconds of each turn of the kernels that the stock backend lacks, on WASM and on the JavaScript backend. */
export async function addedKernels(rounds = 3) {
  const contenders = (): [title: string, work: () => Tensor][] => {
    const table = seeded([256, 32], 5);
    const ids = tensor1d(
      [...seededValues(256, 6, 0, 1000)].map((value) => Math.floor(value)),
      'int32',
    );
    const depthwise = {
      x: seeded([4, 32, 32, 16], 7),
      filter: seeded([3, 3, 16, 1], 8),
      dy: seeded([4, 32, 32, 16], 9),
    };
    const throughDepthwise = (x: Tensor, filter: Tensor) =>
      depthwiseConv2d(x as Tensor4D, filter as Tensor4D, 1, 'same');
    return [
      ...SMALL.map((geometry): [string, () => Tensor] => {
        const { x, dy } = tensorsOf(geometry);
        return [`filter gradient ${titleOf(geometry)}`, () => filterGradient(geometry, x, dy)];
      }),
      [
        'depthwise input gradient 4x32x32x16, 3x3',
        () => grad((x: Tensor) => throughDepthwise(x, depthwise.filter))(depthwise.x, depthwise.dy),
      ],
      [
        'depthwise filter gradient 4x32x32x16, 3x3',
        () => grad((filter: Tensor) => throughDepthwise(depthwise.x, filter))(depthwise.filter, depthwise.dy),
      ],
      ['segment sum 256x32, 1000 segments', () => unsortedSegmentSum(table, ids, 1000)],
    ];
  };
  const measureOn = async (backend: string): Promise<[title: string, times: readonly number[]][]> => {
    await setBackend(backend);
    await ready();
    const works = Object.fromEntries(contenders().map(([title, work]) => [title, read(work)]));
    return Object.entries(alternate(works, { rounds, warmUp: 1 }));
  };
  const cpu = await measureOn('cpu');
  const wasm = await measureOn('wasm');
  return wasm.map(([title, times], index) => ({ title, wasm: times, cpu: at(cpu, index)[1] }));
}

function filterGradient(
  { x: { 3: channels }, kernel, out, stride }: Geometry,
  x: Tensor,
  dy: Tensor,
): Tensor {
  const attrs = { strides: stride, pad: 'same', dataFormat: 'NHWC' };
  const filterShape = [kernel, kernel, channels, out];
  return engine().runKernel<Tensor>('Conv2DBackpropFilter', { x, dy }, { ...attrs, filterShape });
}

function inputGradient({ x, stride }: Geometry, dy: Tensor, filter: Tensor): Tensor {
  const attrs = { strides: stride, pad: 'same', dataFormat: 'NHWC', inputShape: x };
  return engine().runKernel<Tensor>('Conv2DBackpropInput', { dy, filter }, attrs);
}

function tensorsOf({ x, kernel, out, stride }: Geometry) {
  const [batch, height, width, channels] = x;
  return {
    x: seeded(x, 1) as Tensor4D,
    filter: seeded([kernel, kernel, channels, out], 2) as Tensor4D,
    dy: seeded([batch, Math.ceil(height / stride), Math.ceil(width / stride), out], 3) as Tensor4D,
  };
}

function titleOf({ x, kernel, out, stride }: Geometry): string {
  return `${x.join('x')}, ${kernel}x${kernel}x${x[3]}x${out}, ${stride}`;
}

function seeded(shape: number[], seed: number): Tensor {
  const size = shape.reduce((product, side) => product * side, 1);
  return tensor(seededValues(size, seed, -1, 1), shape);
}

function read(work: () => Tensor): () => void {
  return () => {
    tidy(() => {
      work().dataSync();
    });
  };
}
