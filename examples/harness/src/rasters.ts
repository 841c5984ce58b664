/**
 * @module
 * What a model gives, as pictures.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { fromSamples, type Raster } from 'lpips-pictures';

/** The pictures of a batch `[batch, height, width, 3]` in [-1, 1], rounded to 8 bits. */
export async function rastersOf(images: Tensor4D): Promise<Raster[]> {
  const [count, height, width] = images.shape;
  const samples = await images.data();
  const size = height * width * 3;
  return Array.from({ length: count }, (_, index) =>
    fromSamples(samples.subarray(index * size, (index + 1) * size), width, height),
  );
}
