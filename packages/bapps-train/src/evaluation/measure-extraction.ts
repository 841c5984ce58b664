/**
 * @module
 * Distances from extracted vectors: one dot product for each pair and contender, which takes seconds where images take
 * minutes.
 */
import { join } from 'node:path';
import { at, invalid, type Lpips } from 'lpips-core';
import { type ExtractionManifest, readExtractionManifest } from '../extraction/extraction-manifest.js';
import { digestOfBackbone } from '../extraction/extraction-shards.js';
import { type OpenOptions, PooledItems } from '../extraction/open-extraction.js';
import { exists } from '../files/exists.js';
import type { PooledHeads } from '../networks/pooled-heads.js';
import type { JudgedDistortion, NoticedDistortion } from '../scores/score-table.js';
import { TRUNK_FILE } from '../training/clamped-trunk.js';
import type { Contender } from './contenders.js';

/** Items in one read. */
const CHUNK = 256;

/**
 * Distances of p0 and p1 to their references.
 *
 * @param folder of an extraction
 * @param contenders heads for the net of the extraction
 * @throws LpipsError naming a shard that is missing or damaged, or if there are no triplets
 */
export function measureExtractedTriplets(
  folder: string,
  options: OpenOptions,
  contenders: readonly Contender[],
): Promise<JudgedDistortion[]> {
  return eachGroup(
    folder,
    { ...options, task: '2afc' },
    ({ distortion, judgements, references, distances }) => ({
      distortion,
      judge: judgements,
      references,
      distances: new Map(
        contenders.map(({ name, heads }) => {
          const lists = distances(heads);
          return [name, { d0: at(lists, 0), d1: at(lists, 1) }];
        }),
      ),
    }),
  );
}

/**
 * Distances between the two images of every pair.
 *
 * @throws LpipsError as `measureExtractedTriplets`
 */
export function measureExtractedPairs(
  folder: string,
  options: OpenOptions,
  contenders: readonly Contender[],
): Promise<NoticedDistortion[]> {
  return eachGroup(
    folder,
    { ...options, task: 'jnd' },
    ({ distortion, judgements, references, distances }) => ({
      distortion,
      same: judgements,
      references,
      distances: new Map(contenders.map(({ name, heads }) => [name, at(distances(heads), 0)])),
    }),
  );
}

/**
 * Checks that an extraction was made by a metric's backbone.
 *
 * @returns its manifest
 * @throws LpipsError if it was made with another net, calibration or other weights
 */
export async function checkExtraction(folder: string, lpips: Lpips): Promise<ExtractionManifest> {
  const manifest = await readExtractionManifest(folder);
  const trunk = join(folder, TRUNK_FILE);
  const advice = (await exists(trunk))
    ? `It was made with ${trunk}: name this file with --network.`
    : 'Extract again, or name the weights that it was made with.';
  for (const [what, wanted, found] of [
    ['net', lpips.net, manifest.net],
    ['calibration', lpips.version, manifest.version],
    ['weights', digestOfBackbone(lpips), manifest.weights],
  ] as const) {
    if (wanted === found) continue;
    const [shown, other] = [wanted.slice(0, 12), found.slice(0, 12)];
    throw invalid('evaluate', `an extraction of ${what} ${shown}`, folder, `one of ${other}`, advice);
  }
  return manifest;
}

async function eachGroup<Result>(
  folder: string,
  options: OpenOptions,
  make: (group: {
    readonly distortion: string;
    readonly judgements: Float32Array;
    readonly references: readonly string[];
    readonly distances: (heads: PooledHeads) => Float64Array[];
  }) => Result,
): Promise<Result[]> {
  const items = await PooledItems.open(folder, options);
  try {
    return items.groups.map(({ distortion, first, count }) =>
      make({
        distortion,
        judgements: items.judgements.slice(first, first + count),
        references: items.references.slice(first, first + count),
        distances: (heads) => distancesOf(items, heads, first, count),
      }),
    );
  } finally {
    items.close();
  }
}

/** Distances of some items: one list for each pair of an item. */
function distancesOf(items: PooledItems, heads: PooledHeads, first: number, count: number): Float64Array[] {
  const row = 2 * items.channels; // means, then deviations
  const stride = items.pairs * row;
  const lists = Array.from({ length: items.pairs }, () => new Float64Array(count));
  for (let start = 0; start < count; start += CHUNK) {
    const numbers = Array.from({ length: Math.min(CHUNK, count - start) }, (_, i) => first + start + i);
    const moments = items.read(numbers);
    for (const [pair, list] of lists.entries()) {
      list.set(heads.distances(moments, numbers.length, { stride, offset: pair * row }), start);
    }
  }
  return lists;
}
