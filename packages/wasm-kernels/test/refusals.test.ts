/**
 * The messages of what the kernels refuse.
 */
import '../src/index.js';
import {
  cast,
  engine,
  ready,
  scalar,
  setBackend,
  type Tensor,
  tensor1d,
  tensor4d,
  zeros,
} from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { WasmKernelError } from '../src/index.js';
import {
  type Convolution,
  filterGradient,
  inputGradient,
  inputsOfFilterGradient,
  inputsOfInputGradient,
} from './support/convolutions.js';

const convolution: Convolution = {
  x: [1, 4, 4, 2],
  filter: [3, 3, 2, 2],
  strides: 1,
  dilations: 1,
  pad: 'same',
  kind: 'full',
};

function expectRefusal(work: () => Tensor, message: string): void {
  expect(work).toThrow(new WasmKernelError(message));
}

describe('what the kernels refuse', () => {
  beforeAll(async () => {
    await setBackend('wasm');
    await ready();
  });

  it('channels first', () => {
    const inputs = inputsOfFilterGradient(convolution);
    expectRefusal(
      () => filterGradient(convolution, inputs, { dataFormat: 'NCHW' }),
      "Conv2DBackpropFilter: expected 'NHWC' for dataFormat, got 'NCHW'. " +
        "Transpose to [batch, height, width, channels], or use dataFormat: 'channelsLast' in layers.",
    );
  });

  it('integers', () => {
    const inputs = { ...inputsOfInputGradient(convolution), dy: zeros([1, 4, 4, 2], 'int32') };
    const advice = "Cast it with cast('float32').";
    expectRefusal(
      () => inputGradient(convolution, inputs),
      `Conv2DBackpropInput: expected float32 for dy, got int32. ${advice}`,
    );
    const kernel = () =>
      engine().runKernel<Tensor>(
        'UnsortedSegmentSum',
        { x: cast(tensor1d([1]), 'bool'), segmentIds: tensor1d([0], 'int32') },
        { numSegments: 1 },
      );
    expectRefusal(kernel, `UnsortedSegmentSum: expected float32 or int32 for x, got bool. ${advice}`);
  });

  it('images without a batch', () => {
    const inputs = { ...inputsOfFilterGradient(convolution), x: zeros([4, 4, 2]) };
    expectRefusal(
      () => filterGradient({ ...convolution, kind: 'depthwise' }, inputs),
      'DepthwiseConv2dNativeBackpropFilter: expected 4 dimensions for x, got [4, 4, 2]. ' +
        'Add a batch axis with expandDims(0).',
    );
  });

  it('volumes without a batch', () => {
    const [x, dy] = [zeros([4, 4, 4, 2]), zeros([1, 4, 4, 4, 2])];
    const attrs = { filterShape: [1, 1, 1, 2, 2], strides: 1, pad: 'same' };
    expectRefusal(
      () => engine().runKernel<Tensor>('Conv3DBackpropFilterV2', { x, dy }, attrs),
      'Conv3DBackpropFilterV2: expected 5 dimensions for x, got [4, 4, 4, 2]. Add a batch axis with expandDims(0).',
    );
  });

  it('a single number where rows are summed', () => {
    const inputs = { x: scalar(1), segmentIds: tensor1d([0], 'int32') };
    expectRefusal(
      () => engine().runKernel<Tensor>('UnsortedSegmentSum', inputs, { numSegments: 1 }),
      'UnsortedSegmentSum: expected [rows, …] for x, got []. Make it a list with reshape([1]).',
    );
  });

  it('a gradient whose shape is not that of the output', () => {
    const inputs = { ...inputsOfInputGradient(convolution), dy: tensor4d([1, 2], [1, 1, 1, 2]) };
    expectRefusal(
      () => inputGradient(convolution, inputs),
      'Conv2DBackpropInput: expected [1, 4, 4, 2] for dy, got [1, 1, 1, 2]. ' +
        'It is the gradient of the output, so it has the shape of the output.',
    );
  });

  it('strides together with dilations', () => {
    const both: Convolution = { ...convolution, strides: 2, dilations: [1, 3], kind: 'depthwise' };
    expectRefusal(
      () => inputGradient(both),
      'DepthwiseConv2dNativeBackpropInput: cannot combine strides [2, 2] with dilations [1, 3]: ' +
        'TensorFlow.js has no such forward convolution. Set one of them to 1.',
    );
  });

  it.each([
    [tensor1dOf([0, 1]), "expected int32 for segmentIds, got float32. Cast it with cast('int32')."],
    [() => zeros([2, 2], 'int32'), 'expected [2] for segmentIds, got [2, 2]. Give each row of x one id.'],
    [() => zeros([3], 'int32'), 'expected [2] for segmentIds, got [3]. Give each row of x one id.'],
  ])('segment ids of another kind (%#)', (ids, message) => {
    expectRefusal(
      () =>
        engine().runKernel<Tensor>(
          'UnsortedSegmentSum',
          { x: zeros([2, 3]), segmentIds: ids() },
          { numSegments: 2 },
        ),
      `UnsortedSegmentSum: ${message}`,
    );
  });
});

function tensor1dOf(values: number[]): () => Tensor {
  return () => tensor1d(values);
}
