/**
 * @module
 * Operations of TensorFlow, as tfjs-node's backend runs them for its kernels.
 */
import {
  getKernel,
  type KernelBackend,
  type KernelConfig,
  type NamedTensorInfoMap,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { invalid } from '../errors.js';

/** Name of tfjs-node's backend. */
export const BACKEND = 'tensorflow';

/** Types of attributes, as TensorFlow's C interface numbers them. */
export const ATTRIBUTE = { string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5 } as const;
/** Data types, as TensorFlow's C interface numbers them. */
export const [FLOAT32, INT32] = [1, 3];

export interface Attribute {
  readonly name: string;
  readonly type: (typeof ATTRIBUTE)[keyof typeof ATTRIBUTE];
  readonly value: unknown;
}

/** What tfjs-node's backend can do beyond tfjs-core's interface. */
export interface NativeBackend extends KernelBackend {
  executeSingleOutput(
    operation: string,
    attributes: readonly Attribute[],
    inputs: readonly TensorInfo[],
  ): TensorInfo;
  executeMultipleOutputs(
    operation: string,
    attributes: readonly Attribute[],
    inputs: readonly TensorInfo[],
    outputs: number,
  ): TensorInfo[];
}

export function isNativeBackend(backend: KernelBackend): backend is NativeBackend {
  return 'executeSingleOutput' in backend;
}

const ours = new WeakSet<KernelConfig>();

/** tfjs-node's own kernel, or undefined where one of ours has replaced it. */
export function stockKernel(name: string): KernelConfig | undefined {
  const kernel = getKernel(name, BACKEND);
  return kernel && !ours.has(kernel) ? kernel : undefined;
}

/** Registers a kernel of ours in place of the one that has its name. */
export function replaceKernel(kernel: KernelConfig): void {
  ours.add(kernel);
  unregisterKernel(kernel.kernelName, kernel.backendName);
  registerKernel(kernel);
}

/** @throws NativeError where a kernel is called without an input that it needs */
export function inputOf(inputs: NamedTensorInfoMap, kernel: string, name: string): TensorInfo {
  const input = inputs[name];
  if (input === undefined) throw invalid(kernel, 'a tensor', name, 'none');
  return input;
}

/** @throws NativeError where the tensor does not have four axes */
export function sidesOf({ shape }: TensorInfo, name: string): [number, number, number, number] {
  const [first, second, third, fourth, ...others] = shape;
  if (
    first === undefined ||
    second === undefined ||
    third === undefined ||
    fourth === undefined ||
    others.length > 0
  ) {
    throw invalid('convolution', 'four axes', name, `[${shape.join(', ')}]`);
  }
  return [first, second, third, fourth];
}

/** Attributes that every convolution and both of its gradients have: float32, NHWC, no dilation. */
export function convolutionAttributes(
  [down, across]: readonly [number, number],
  padding: 'SAME' | 'VALID',
): Attribute[] {
  return [
    { name: 'T', type: ATTRIBUTE.type, value: FLOAT32 },
    { name: 'strides', type: ATTRIBUTE.int, value: [1, down, across, 1] },
    { name: 'padding', type: ATTRIBUTE.string, value: padding },
    { name: 'data_format', type: ATTRIBUTE.string, value: 'NHWC' },
    { name: 'dilations', type: ATTRIBUTE.int, value: [1, 1, 1, 1] },
  ];
}

/** Names oneDNN's kernels: TensorFlow finds them only by this attribute. */
export const ONE_DNN: Attribute = { name: '_kernel', type: ATTRIBUTE.string, value: 'MklNameChangeOp' };
