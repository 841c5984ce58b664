/**
 * @module
 * The kernels for training that tfjs-fused-training looks for by name, where the inputs and outputs of each are described.
 */
import {
  Conv2D,
  FusedConv2D,
  getKernel,
  type KernelFunc,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { TRAINING_KERNELS } from 'tfjs-fused-training';
import { activationNumber, ownActivation } from '../convolutions/activation.js';
import { cannot, unsupported } from '../errors.js';
import { type HeapCall, type HeapKernel, onHeap } from '../heap/heap-call.js';
import { addressOf } from '../heap/heap-kernels.js';

/** The kernels by name, for TensorFlow.js's registry. */
export const TRAINING_KERNEL_FUNCTIONS: Readonly<Record<string, KernelFunc>> = Object.fromEntries(
  Object.entries<HeapKernel>({
    [TRAINING_KERNELS.activation]: activate,
    [TRAINING_KERNELS.activationGradient]: activationGradient,
    [TRAINING_KERNELS.biasGradient]: biasGradient,
    [TRAINING_KERNELS.convolve]: convolve,
  }).map(([name, kernel]) => [name, onHeap(name, kernel)]),
);

/** The activation of a call, as the modules take it. */
function activationOf({ attrs }: HeapCall): readonly [activation: number, alpha: number] {
  const name = attrs['activation'] as string;
  const number = activationNumber(name);
  if (number !== undefined) return [number, Number(attrs['alpha'] ?? 0)];
  const advice = 'Compose it of other operations.';
  throw unsupported(
    'FusedActivation',
    'an activation that the kernels know',
    'activation',
    `'${name}'`,
    advice,
  );
}

/** A tensor `[…, channels]` as rows of channels. */
function rowsOf({ shape }: TensorInfo): readonly [rows: number, channels: number] {
  return [util.sizeFromShape(shape.slice(0, -1)), shape.at(-1) ?? 1];
}

/** y = activation(x + bias) */
function activate(call: HeapCall): TensorInfo {
  const { wasm, heap, input, inputs } = call;
  const [x, { bias }] = [input('x'), inputs];
  const activation = activationOf(call);
  const y = wasm.makeOutput(x.shape, 'float32');
  const [from, to] = [addressOf(wasm, x), addressOf(wasm, y)];
  if (bias) heap.activateWithBias(from, addressOf(wasm, bias), to, ...rowsOf(x), ...activation);
  else heap.activate(from, to, util.sizeFromShape(x.shape), ...activation);
  return y;
}

/** dx = dy activation'(x), and where it is asked for its sum over all axes but the last */
function activationGradient(call: HeapCall): TensorInfo | TensorInfo[] {
  const { wasm, heap, input, attrs } = call;
  const [dy, value] = [input('dy'), input('value')];
  const activation = activationOf(call);
  const dx = wasm.makeOutput(dy.shape, 'float32');
  const [rows, channels] = rowsOf(dy);
  const sums = attrs['sumsBias'] === true ? wasm.makeOutput([channels], 'float32') : undefined;
  const [from, slope, to] = [dy, value, dx].map((tensor) => addressOf(wasm, tensor)) as [
    number,
    number,
    number,
  ];
  if (!sums) {
    heap.activationGradient(from, slope, to, rows * channels, ...activation);
    return dx;
  }
  heap.activationAndBiasGradient(from, slope, to, addressOf(wasm, sums), rows, channels, ...activation);
  return [dx, sums];
}

/** The sum of dy over all axes but the last */
function biasGradient({ wasm, heap, input }: HeapCall): TensorInfo {
  const dy = input('dy');
  const [rows, channels] = rowsOf(dy);
  const sums = wasm.makeOutput([channels], 'float32');
  heap.sumRows(addressOf(wasm, dy), addressOf(wasm, sums), rows, channels);
  return sums;
}

/** y = activation(sums) with sums = x * filter + bias, and where they are asked for the sums */
function convolve(call: HeapCall): TensorInfo[] {
  const { wasm, heap, input, inputs, attrs } = call;
  const [x, filter, { bias }] = [input('x'), input('filter'), inputs];
  const activation = activationOf(call);
  const keepsSums = attrs['keepsSums'] === true;
  const ending = keepsSums ? undefined : ownActivation(attrs['activation'] as string);
  const kernel = getKernel(bias ? FusedConv2D : Conv2D, 'wasm');
  const [sums] = [
    kernel?.kernelFunc({
      inputs: { x, filter, ...(bias && { bias }) },
      backend: wasm,
      attrs: { ...attrs, dataFormat: 'NHWC', activation: ending ?? 'linear' },
    }) ?? [],
  ].flat();
  if (!sums) {
    throw cannot(
      TRAINING_KERNELS.convolve,
      'compute',
      'the backend has no convolution',
      'Import its package.',
    );
  }
  if (ending) return [sums];
  const y = keepsSums ? wasm.makeOutput(sums.shape, 'float32') : sums;
  heap.activate(addressOf(wasm, sums), addressOf(wasm, y), util.sizeFromShape(sums.shape), ...activation);
  return keepsSums ? [y, sums] : [y];
}
