/**
 * @module
 * Operations of TensorFlow itself, as tfjs-node's backend runs them for its kernels.
 */
import {
  getKernel,
  type KernelBackend,
  type KernelConfig,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';

/** Name of tfjs-node's backend. */
export const BACKEND = 'tensorflow';

/** Types of attributes, as TensorFlow's C interface numbers them. */
export const ATTRIBUTE = { string: 0, int: 1, float: 2, bool: 3, type: 4 } as const;
/** The data type float32, likewise. */
export const FLOAT32 = 1;

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

/** A kernel of tfjs-node's own, unless one of ours stands in its place already. */
export function stockKernel(name: string): KernelConfig | undefined {
  const kernel = getKernel(name, BACKEND);
  return kernel && !ours.has(kernel) ? kernel : undefined;
}

/** Registers a kernel of ours in the place of the one of its name. */
export function replaceKernel(kernel: KernelConfig): void {
  ours.add(kernel);
  unregisterKernel(kernel.kernelName, kernel.backendName);
  registerKernel(kernel);
}

/** Attributes that every convolution and every gradient of one has: float32, NHWC, no dilation. */
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

/** Names the kernels of oneDNN: without it TensorFlow finds none. */
export const ONE_DNN: Attribute = { name: '_kernel', type: ATTRIBUTE.string, value: 'MklNameChangeOp' };
