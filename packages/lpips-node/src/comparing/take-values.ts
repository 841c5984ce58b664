/**
 * @module
 * Numbers out of tensors that are not needed afterwards.
 */
import type { Tensor } from '@tensorflow/tfjs-core';

/** The values of a tensor, which is disposed. */
export async function takeValues(tensor: Tensor): Promise<Float32Array> {
  const values = await tensor.data<'float32'>();
  tensor.dispose();
  return values;
}

/** The single value of a tensor, which is disposed. */
export async function takeNumber(tensor: Tensor): Promise<number> {
  return (await takeValues(tensor))[0] ?? Number.NaN;
}
