/**
 * @module
 * Edges that are repeated: the index of the nearest pixel inside a line.
 */

/** @returns the nearest to `index` of 0 … `size` − 1 */
export function clampIndex(index: number, size: number): number {
  return Math.min(size - 1, Math.max(0, index));
}
