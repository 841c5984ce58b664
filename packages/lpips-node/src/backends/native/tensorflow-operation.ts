/**
 * @module
 * Operations of TensorFlow itself, as tfjs-node's backend runs them for its kernels.
 */
import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';

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
