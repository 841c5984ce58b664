/**
 * @module
 * A thread that reads the images of a batch while the backbone is busy with another.
 */
import { decodePatches, PatchFault } from './decode-patch.js';

/** Images of one batch: all first images of its items, then all second ones, then all third. */
export interface DecodeTask {
  readonly paths: readonly string[];
  readonly items: number;
  readonly size: number;
  /** Where they go: float32 `[paths, size, size, 3]`, in memory that both threads see. */
  readonly pixels: Float32Array;
}

/** What was wrong with an image, if anything. */
export type DecodeAnswer = Pick<PatchFault, 'path' | 'requirement' | 'got' | 'advice'> | undefined;

/** Reads the images of a task, in order; the first that is damaged ends it. */
export default async function decodeBatch({ paths, items, size, pixels }: DecodeTask): Promise<DecodeAnswer> {
  try {
    await decodePatches(paths, items, size, pixels);
    return undefined;
  } catch (error) {
    if (!(error instanceof PatchFault)) throw error;
    const { path, requirement, got, advice } = error;
    return { path, requirement, got, advice };
  }
}
