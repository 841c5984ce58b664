/**
 * @module
 * How long a query takes to be ranked against a large index. The index is made by formula: its rows are seeded numbers, since time
 * does not depend on the values.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { at } from 'lpips-core';
import type { IndexHeader, Summary } from 'lpips-search';
import { openIndexFile, openWriter } from 'lpips-search/node';
import { inTemporaryFolder } from './temporary-folder.js';

/** Means of a summary in 2x2 cells with the official heads 0.1. */
export const HALVES = { alex: 4008, vgg: 5888 } as const;
const ROUNDS = 3;
/** Summaries that rows are taken from in turn. */
const DIFFERENT = 97;

/** What was measured. */
export interface RankingSpeed {
  readonly bytes: number;
  /** Median of the bounds of all rows, and their order by the estimate, in milliseconds. */
  readonly milliseconds: number;
  /** Reading heads and names, which happens once. */
  readonly openMilliseconds: number;
}

/** Ranks a query against `images` rows of a net, with the file in the page cache. */
export async function measureRanking(net: keyof typeof HALVES, images: number): Promise<RankingSpeed> {
  return await inTemporaryFolder(async (folder) => {
    const path = join(folder, 'synthetic.lpips');
    const half = HALVES[net];
    const writer = await openWriter(path, headerOf(net, half));
    const summaries = Array.from({ length: DIFFERENT }, (_, seed) => seeded(half, seed));
    for (let row = 0; row < images; row++) {
      const entry = { path: `synthetic/photograph-${row}.jpg`, bytes: 1_000_000 + row, time: row };
      await writer.add({ ...entry, summary: at(summaries, row % DIFFERENT) });
    }
    await writer.close();
    const { size } = await stat(path);
    const opening = performance.now();
    const { index, close } = await openIndexFile(path);
    const openMilliseconds = performance.now() - opening;
    const query = seeded(half, DIFFERENT);
    await index.compareAll(query); // the file into the page cache
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      const { estimate } = await index.compareAll(query);
      const order = Float64Array.from(estimate).sort();
      times.push(performance.now() - start);
      if (order.length !== images) throw new Error(`measureRanking: ${order.length} rows of ${images}`);
    }
    await close();
    const milliseconds = at(
      times.toSorted((a, b) => a - b),
      Math.floor(ROUNDS / 2),
    );
    return { bytes: size, milliseconds, openMilliseconds };
  });
}

function headerOf(net: string, half: number): IndexHeader {
  const image = { width: 64, height: 64, cells: 2, reading: {} };
  return {
    format: 1,
    net,
    version: '0.1',
    linear: true,
    weights: '0'.repeat(64),
    half,
    scale: 16_384,
    ...image,
  };
}

function seeded(half: number, seed: number): Summary {
  let state = seed + 1;
  const values = Float32Array.from({ length: 2 * half }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return 0.03 * (state / 2 ** 32) ** 2;
  });
  return { values, slack: 0 };
}
