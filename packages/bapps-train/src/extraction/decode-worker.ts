/**
 * @module
 * A worker thread that decodes the images of one batch while the backbone computes on another.
 */
import { decodePatches } from './decode-patch.js';
import { type FaultParts, PatchFault } from './stored-patch.js';

/** Images of one batch: all first images of its items, then all second ones, then all third ones. */
export interface DecodeTask {
  readonly paths: readonly string[];
  readonly items: number;
  readonly size: number;
  /** Destination: float32 `[paths, size, size, 3]`, in memory that both threads share. */
  readonly pixels: Float32Array;
}

/** What became of a task: the fault of an image, if there is one, else the side of the first image that was scaled. */
export interface DecodeAnswer {
  readonly fault?: FaultParts;
  readonly scaledFrom?: number;
}

/** Decodes the images of a task, in order. The first damaged image ends it. */
export default async function decodeBatch({ paths, items, size, pixels }: DecodeTask): Promise<DecodeAnswer> {
  try {
    const scaledFrom = await decodePatches(paths, items, size, pixels);
    return scaledFrom === undefined ? {} : { scaledFrom };
  } catch (error) {
    if (!(error instanceof PatchFault)) throw error;
    return { fault: error.parts };
  }
}
