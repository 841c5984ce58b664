/**
 * @module
 * Marked pixels of a picture that lie close together, as parts.
 */
import type { ImageSize } from 'lpips-core';
import { outside } from '../outside.js';

/**
 * Marks every pixel that is at most `reach` pixels from a marked one, across and down.
 *
 * @param marks 1 for each marked pixel, else 0, row by row
 */
export function dilate(marks: Uint8Array, { width, height }: ImageSize, reach: number): Uint8Array {
  const rows = new Uint8Array(marks.length);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let filled = 0; // columns before this one are done
    for (let x = 0; x < width; x++) {
      if (!marks[row + x]) continue;
      const end = Math.min(width, x + reach + 1);
      rows.fill(1, row + Math.max(filled, x - reach), row + end);
      filled = end;
    }
  }
  const counts = new Uint32Array(width); // marks of each column within `reach` of the row
  const result = new Uint8Array(marks.length);
  for (let y = -reach; y < height; y++) {
    const [added, dropped] = [y + reach, y - reach - 1];
    for (let x = 0; x < width; x++) {
      const more = added < height ? (rows[added * width + x] ?? outside()) : 0;
      const fewer = dropped >= 0 ? (rows[dropped * width + x] ?? outside()) : 0;
      const count = (counts[x] ?? outside()) + more - fewer;
      counts[x] = count;
      if (y >= 0 && count > 0) result[y * width + x] = 1;
    }
  }
  return result;
}

/**
 * Numbers the connected parts of the marked pixels from 1 up, in the order of their first pixel. Pixels that touch by an
 * edge or a corner are connected.
 *
 * @returns the part of each pixel, 0 where it is not marked, and how many parts there are
 */
export function labelParts(
  marks: Uint8Array,
  { width, height }: ImageSize,
): { labels: Int32Array; count: number } {
  const labels = new Int32Array(marks.length);
  const waiting = new Int32Array(marks.length); // a pixel waits once at most
  let count = 0;
  for (let first = 0; first < marks.length; first++) {
    if (!marks[first] || labels[first]) continue;
    count++;
    labels[first] = count;
    let length = 1;
    waiting[0] = first;
    while (length > 0) {
      const pixel = waiting[--length] ?? outside();
      const x = pixel % width;
      const y = (pixel - x) / width;
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const near = v * width + u;
          if (!marks[near] || labels[near]) continue;
          labels[near] = count;
          waiting[length++] = near;
        }
      }
    }
  }
  return { labels, count };
}

/**
 * Grows parts over the pixels that may belong to one, each step by the pixels that touch, until they meet or end.
 *
 * @param labels the part of each pixel, 0 where it has none; changed in place
 * @param mayGrow 1 for each pixel that may belong to a part
 */
export function growParts(labels: Int32Array, mayGrow: Uint8Array, { width, height }: ImageSize): void {
  const waiting = new Int32Array(labels.length); // a pixel waits once at most
  let length = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i]) waiting[length++] = i;
  for (let next = 0; next < length; next++) {
    const pixel = waiting[next] ?? outside();
    const x = pixel % width;
    const y = (pixel - x) / width;
    for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
      for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
        const near = v * width + u;
        if (!mayGrow[near] || labels[near]) continue;
        labels[near] = labels[pixel] ?? outside();
        waiting[length++] = near;
      }
    }
  }
}
