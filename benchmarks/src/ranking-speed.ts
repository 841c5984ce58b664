/**
 * @module
 * How long a query takes to be ranked against a large index, and how long all near-duplicates take to be bounded. Both without the
 * network: what is left to compute exactly is counted.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { at } from 'lpips-core';
import { findPairs, type SearchIndex } from 'lpips-search';
import { openIndexFile } from 'lpips-search/node';
import { type SyntheticNet, syntheticSummaries, writeSyntheticIndex } from './synthetic-index.js';
import { inTemporaryFolder } from './temporary-folder.js';

const ROUNDS = 3;

/** What was measured of a query. */
export interface RankingSpeed {
  readonly bytes: number;
  /** Median of the bounds of all rows, and their order by the estimate, in milliseconds. */
  readonly milliseconds: number;
  /** The first query, which also compares every block with its digest. */
  readonly firstMilliseconds: number;
  /** Reading heads and names, which happens once. */
  readonly openMilliseconds: number;
}

/** What was measured of near-duplicates. */
export interface DuplicatesSpeed {
  readonly bytes: number;
  readonly seconds: number;
  /** Of the processor, all threads together. */
  readonly cpuSeconds: number;
  /** Resident memory of the process at its most. */
  readonly peakBytes: number;
  /** Pairs that the bounds leave. */
  readonly candidates: number;
}

/** Ranks a query against `images` rows of a net, with the file in the page cache. */
export async function measureRanking(net: SyntheticNet, images: number): Promise<RankingSpeed> {
  return await withSyntheticIndex(net, images, async (index, bytes, openMilliseconds) => {
    const query = syntheticSummaries(net)();
    const times: number[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const start = performance.now();
      const { estimate } = await index.compareAll(query);
      const order = Float64Array.from(estimate).sort();
      times.push(performance.now() - start);
      if (order.length !== images) throw new Error(`measureRanking: ${order.length} rows of ${images}`);
    }
    const [firstMilliseconds = 0, ...others] = times;
    const sorted = others.toSorted((a, b) => a - b);
    return { bytes, milliseconds: at(sorted, Math.floor(ROUNDS / 2)), firstMilliseconds, openMilliseconds };
  });
}

/** Bounds all pairs of `images` rows of a net. */
export async function measureDuplicates(
  net: SyntheticNet,
  images: number,
  below: number,
): Promise<DuplicatesSpeed> {
  return await withSyntheticIndex(net, images, async (index, bytes) => {
    let candidates = 0;
    const [start, before] = [performance.now(), process.cpuUsage()];
    await findPairs(index, below, async (_, others) => {
      candidates += others.length;
      return others.map(() => undefined);
    });
    const { user, system } = process.cpuUsage(before);
    const seconds = (performance.now() - start) / 1000;
    const peakBytes = 1024 * process.resourceUsage().maxRSS;
    return { bytes, seconds, cpuSeconds: (user + system) / 1e6, peakBytes, candidates };
  });
}

async function withSyntheticIndex<Result>(
  net: SyntheticNet,
  images: number,
  measure: (index: SearchIndex, bytes: number, openMilliseconds: number) => Promise<Result>,
): Promise<Result> {
  return await inTemporaryFolder(async (folder) => {
    const path = join(folder, 'synthetic.lpips');
    await writeSyntheticIndex(path, net, images);
    const start = performance.now();
    const { index, close } = await openIndexFile(path);
    const openMilliseconds = performance.now() - start;
    try {
      return await measure(index, (await stat(path)).size, openMilliseconds);
    } finally {
      await close();
    }
  });
}
