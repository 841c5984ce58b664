/**
 * @module
 * A thread that reads the images of a batch while the backbone is busy with another.
 */
import { decodePatch, PatchFault } from './decode-patch.js';

/** Images of one batch. */
export interface DecodeTask {
  readonly paths: readonly string[];
  readonly size: number;
  /** Where they go: float32 `[paths, size, size, 3]`, in memory that both threads see. */
  readonly pixels: Float32Array;
}

/** What was wrong with an image, if anything. */
export type DecodeAnswer = Pick<PatchFault, 'path' | 'requirement' | 'got' | 'advice'> | undefined;

/** Reads the images of a task, in order; the first that is damaged ends it. */
export default async function decodeBatch({ paths, size, pixels }: DecodeTask): Promise<DecodeAnswer> {
  const each = size * size * 3;
  try {
    for (const [index, path] of paths.entries()) {
      await decodePatch(path, size, pixels.subarray(index * each, (index + 1) * each));
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof PatchFault)) throw error;
    const { path, requirement, got, advice } = error;
    return { path, requirement, got, advice };
  }
}
