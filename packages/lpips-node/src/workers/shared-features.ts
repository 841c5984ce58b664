/**
 * @module
 * Features and weights in shared memory, through which threads pass them on without a copy. Their bits stay the same, so a
 * distance does not depend on the thread that computes it.
 */
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import type { Features, Lpips, WeightMap } from 'lpips-core';

/** The tensors of features, one after the other: the images, then each tap. */
export interface SharedFeatures {
  readonly buffer: SharedArrayBuffer;
  readonly shapes: readonly Tensor4D['shape'][];
}

/**
 * Copies features into shared memory. They are not disposed.
 *
 * @param over features of the same shapes that nobody needs any more, whose memory is used again
 */
export function shareFeatures({ images, taps }: Features, over?: SharedFeatures): SharedFeatures {
  const tensors = [images, ...taps];
  const buffer = over?.buffer ?? new SharedArrayBuffer(tensors.reduce((sum, { size }) => sum + size * 4, 0));
  let at = 0;
  for (const tensor of tensors) {
    new Float32Array(buffer, at, tensor.size).set(valuesInPlace(tensor));
    at += tensor.size * 4;
  }
  return { buffer, shapes: tensors.map(({ shape }) => shape) };
}

/** Copies features from shared memory to the current backend; the caller disposes. */
export function loadFeatures(lpips: Lpips, { buffer, shapes }: SharedFeatures): Features {
  let at = 0;
  const [images, ...taps] = shapes.map((shape) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const tensor = tensor4d(new Float32Array(buffer, at, size), shape);
    at += size * 4;
    return tensor;
  });
  if (images === undefined) throw new Error('loadFeatures: there are no tensors');
  return lpips.featuresFrom(images, taps);
}

/** Copies weights into shared memory, so that every thread reads the same bytes. */
export function shareWeights(weights: WeightMap): WeightMap {
  return new Map(
    Array.from(weights, ([name, { shape, data }]) => {
      const shared = new Float32Array(new SharedArrayBuffer(data.byteLength));
      shared.set(data);
      return [name, { shape, data: shared }];
    }),
  );
}

/** The values in the memory of the backend. `dataSync` would copy them out of the WASM heap. */
function valuesInPlace(tensor: Tensor4D): Float32Array {
  const current = backend();
  if (!(current instanceof BackendWasm)) return tensor.dataSync<'float32'>();
  const values = current.typedArrayFromHeap(tensor);
  if (values instanceof Float32Array) return values;
  throw new Error(`shareFeatures: expected float32, got ${tensor.dtype}`);
}
