/**
 * @module
 * The values of tensors that are not needed afterwards.
 */
import { Tensor } from '@tensorflow/tfjs-core';
import { at, invalid, kindOf } from 'lpips-core';

/**
 * @returns the values of a float32 tensor, which is disposed
 * @throws LpipsError for what is no tensor
 */
export async function takeValues(tensor: Tensor): Promise<Float32Array> {
  if (!(tensor instanceof Tensor)) throw invalid('takeValues', 'a tensor', 'tensor', kindOf(tensor));
  const values = await tensor.data<'float32'>();
  tensor.dispose();
  return values;
}

/** @returns the single value of a float32 tensor, which is disposed */
export async function takeNumber(tensor: Tensor): Promise<number> {
  return at(await takeValues(tensor), 0);
}
