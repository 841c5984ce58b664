/**
 * @module
 * Rows of an index that hold the same numbers. Their bounds to any other row are the same, so that one of them stands for all.
 */
import { digestOf } from 'lpips-core';
import type { Rows } from './close-pairs.js';
import { rowBytes } from './stored-summary.js';

/** What `firstEqualRows` has for a row that does not count. */
const NO_ROW = -1;

/**
 * The first row that counts and holds the same numbers, for each row. It is the row itself where there is none before it, and -1
 * where the row does not count.
 */
export async function firstEqualRows(rows: Rows): Promise<Int32Array> {
  const firstRows = new Int32Array(rows.total).fill(NO_ROW);
  const known = new Map<string, number>();
  const size = rowBytes(rows.header);
  for (const run of rows.runs) {
    const bytes = new Uint8Array(run.count * size);
    await rows.read(run, bytes);
    const digests = await Promise.all(
      Array.from({ length: run.count }, (_, i) => digestOf(bytes.subarray(i * size, (i + 1) * size))),
    );
    for (const [i, digest] of digests.entries()) {
      const row = run.firstRow + i;
      if (!rows.isCurrent(row)) continue;
      const key = `${digest} ${rows.slackOf(row)}`;
      const first = known.get(key) ?? row;
      if (first === row) known.set(key, row);
      firstRows[row] = first;
    }
  }
  return firstRows;
}
