/**
 * @module
 * The teacher's distances for batches of patches.
 */
import { type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { at, type Lpips } from 'lpips-core';
import type { Raster } from 'lpips-pictures';
import { featuresOf } from '../networks/features-of.js';

/**
 * Distances of lists of copies to their references. Two lists take three passes through the backbone.
 *
 * @param references all of one size
 * @param copies lists as long as `references`
 * @returns a list of distances for each list of copies
 */
export async function batchDistances<const Lists extends readonly (readonly Raster[])[]>(
  teacher: Lpips,
  references: readonly Raster[],
  copies: Lists,
): Promise<{ [Each in keyof Lists]: number[] }> {
  const features = featuresOf(teacher, toBatch(references));
  try {
    const results: number[][] = [];
    for (const list of copies) {
      const distance = tidy(() => teacher.distance(toBatch(list), features));
      results.push([...(await distance.data<'float32'>().finally(() => distance.dispose()))]);
    }
    return results as { [Each in keyof Lists]: number[] };
  } finally {
    features.dispose();
  }
}

/** float32 `[batch, height, width, 3]` in [-1, 1]; the caller disposes. */
function toBatch(rasters: readonly Raster[]): Tensor4D {
  const { width, height, data } = at(rasters, 0);
  const { length } = data;
  const samples = new Float32Array(rasters.length * length);
  for (const [index, { data }] of rasters.entries()) {
    samples.set(
      data.map((value) => value * 2 - 1),
      index * length,
    );
  }
  return tensor4d(samples, [rasters.length, height, width, 3]);
}
