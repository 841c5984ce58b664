/**
 * Exported vectors rank as the estimate does, in NumPy's file and in a vector database.
 */
import { at, decodeFloats, type Lpips } from 'lpips-core';
import { Index, MetricKind, ScalarKind } from 'usearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npyOfIndex, rankingVector } from '../src/export-vectors.js';
import { encodeIndex, openIndex } from '../src/open-index.js';
import type { SearchIndex } from '../src/search-index.js';
import { type Summary, summary } from '../src/summary.js';
import { collectionOf } from './support/collection.js';
import { liteOnWasm, scene } from './support/scenes.js';

const SCENES = 8;
const ROWS = 3 * SCENES;

let lite: Lpips;
let index: SearchIndex;
let query: Summary;
let ranked: number[];
beforeAll(async () => {
  lite = await liteOnWasm();
  const { header, images } = await collectionOf(lite, SCENES);
  index = await openIndex(await encodeIndex(header, images));
  query = at(await summary(lite, scene(3, { noise: 0.2, noiseSeed: 50 })), 0);
  const { estimate } = await index.compareAll(query);
  ranked = Array.from(estimate.keys()).toSorted((a, b) => at(estimate, a) - at(estimate, b));
});
afterAll(() => lite.dispose());

async function npy(): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of npyOfIndex(index)) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe('vectors', () => {
  it('have the estimate as their squared distance, but for a constant of the query', async () => {
    const { estimate } = await index.compareAll(query);
    const own = rankingVector(query, 'query');
    const constant = query.values.slice(own.length - 1).reduce((sum, value) => sum + value * value, 0);
    for await (const { row, summary: stored } of index.summaries()) {
      const vector = rankingVector(stored, 'image');
      const squares = vector.reduce((sum, value, i) => sum + (value - at(own, i)) ** 2, 0);
      expect(squares + constant).toBeCloseTo(at(estimate, row), 4);
    }
  });

  it('are a file of NumPy with a row for each image', async () => {
    const bytes = await npy();
    const { half } = index.header;
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint16(8, true);
    expect((10 + length) % 64).toBe(0);
    expect(Buffer.from(bytes.subarray(1, 6)).toString()).toBe('NUMPY');
    expect(Buffer.from(bytes.subarray(10, 10 + length)).toString()).toMatch(
      new RegExp(
        `^\\{'descr': '<f4', 'fortran_order': False, 'shape': \\(${ROWS}, ${half + 1}\\), \\} *\\n$`,
      ),
    );
    const values = decodeFloats(bytes.subarray(10 + length), 'F32');
    expect(values).toHaveLength(ROWS * (half + 1));
    for await (const { row, summary: stored } of index.summaries()) {
      const vector = rankingVector(stored, 'image');
      expect(values.slice(row * vector.length, (row + 1) * vector.length)).toEqual(vector);
    }
  });

  it('are ranked by usearch as the index ranks them', async () => {
    const database = new Index({
      dimensions: index.header.half + 1,
      metric: MetricKind.L2sq,
      quantization: ScalarKind.F32,
      connectivity: 16,
      expansion_add: 128,
      expansion_search: 64,
      multi: false,
    });
    for await (const { row, summary: stored } of index.summaries()) {
      database.add(BigInt(row), rankingVector(stored, 'image'));
    }
    const { keys } = database.search(rankingVector(query, 'query'), 10, 0);
    expect(Array.from(keys, Number)).toEqual(ranked.slice(0, 10));
  });
});
