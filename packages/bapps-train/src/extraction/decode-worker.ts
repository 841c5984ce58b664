/**
 * @module
 * A worker thread that decodes the images of one batch while the backbone computes on another.
 */
import { decodePatches, PatchFault } from './decode-patch.js';

/** Images of one batch: all first images of its items, then all second ones, then all third ones. */
export interface DecodeTask {
  readonly paths: readonly string[];
  readonly items: number;
  readonly size: number;
  /** Destination: float32 `[paths, size, size, 3]`, in memory that both threads share. */
  readonly pixels: Float32Array;
}

/** The fault of an image, if there is one. */
export type DecodeAnswer = Pick<PatchFault, 'path' | 'requirement' | 'got' | 'advice'> | undefined;

/** Decodes the images of a task, in order. The first damaged image ends it. */
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
