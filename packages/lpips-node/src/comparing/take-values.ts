/**
 * @module
 * The values of tensors that are not needed afterwards.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { at } from 'lpips-core';

/** @returns the values of a float32 tensor, which is disposed */
export async function takeValues(tensor: Tensor): Promise<Float32Array> {
  const values = await tensor.data<'float32'>();
  tensor.dispose();
  return values;
}

/** @returns the single value of a float32 tensor, which is disposed */
export async function takeNumber(tensor: Tensor): Promise<number> {
  return at(await takeValues(tensor), 0);
}
