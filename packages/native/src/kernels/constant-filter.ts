/**
 * @module
 * What tells filters apart that TensorFlow keeps in the order of an operation.
 */
import { createHash } from 'node:crypto';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { NativeBackend } from './tensorflow-operation.js';

const digests = new WeakMap<object, string>();

/** A digest of a filter's values, computed once for each tensor. */
export function digestOf(filter: TensorInfo, backend: NativeBackend): string {
  const known = digests.get(filter.dataId);
  if (known !== undefined) return known;
  const values = backend.readSync(filter.dataId);
  if (!(values instanceof Float32Array)) throw new TypeError('a constant filter: it is not float32');
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const digest = createHash('sha256').update(filter.shape.join()).update(bytes).digest('hex');
  digests.set(filter.dataId, digest);
  return digest;
}
