/**
 * @module
 * Extracts a data set on this machine: the shards of its plan in order, each written whole or not at all. Existing ones are
 * kept, unless their images have changed since: a run that was killed at any moment goes on and ends with the same bytes.
 */
import { join, resolve } from 'node:path';
import { checkOptions, checkText, invalid, type Lpips } from 'lpips-core';
import { asOnlyWriter } from 'lpips-node/files';
import { removeTemporaries, runShards, sealOf } from 'lpips-node/shards';
import { checkMetric } from '../check-arguments.js';
import { readSealed } from '../files/read-sealed.js';
import { collectYoungGarbage } from './collect-garbage.js';
import type { DecodeOptions } from './decode-ahead.js';
import {
  claimFolder,
  type ExtractionManifest,
  headOfPlan,
  planOf,
  type Shard,
} from './extraction-manifest.js';
import { describeExtraction, ExtractionMaker, OFFICIAL_SIZE } from './extraction-shards.js';
import { listItems } from './list-items.js';

/** How a data set is extracted. */
export interface ExtractOptions {
  /** Height and width of the images as they pass the network; others are scaled. Default 64. */
  readonly size?: number;
  /** Splits to extract: `2afc/train`, `2afc/val`, `jnd/val`. Default: all that exist. */
  readonly only?: readonly string[];
  /** Default 250. */
  readonly itemsPerShard?: number;
  /** Threads that decode. */
  readonly decode?: Pick<DecodeOptions, 'threads' | 'thread'>;
  /** Called once, with the side of the first image that was scaled. */
  readonly onScaled?: (side: number) => void;
  /** Called after each batch; `kept` counts the images of shards from an earlier run. */
  readonly onProgress?: (progress: { images: number; kept: number; total: number }) => void;
}

const EXTRACT_OPTIONS = [
  'size',
  'only',
  'itemsPerShard',
  'decode',
  'onScaled',
  'onProgress',
] as const satisfies (keyof ExtractOptions)[];

/** The result of an extraction. */
export interface Extraction {
  readonly manifest: ExtractionManifest;
  /** Images that passed the network in this run, and images of shards from an earlier run. */
  readonly images: number;
  readonly kept: number;
  /** Those of `images` whose shard an earlier run made, from images or judgements that have changed since. */
  readonly renewed: number;
}

/**
 * Extracts 2afc and jnd of a data set, train and val, as far as they exist.
 *
 * @param lpips the net, on the current backend; its heads are not used
 * @param data folder of the data set
 * @param folder of the extraction, made if it is missing
 * @throws LpipsError naming a file of the data that is missing, damaged or of another size, a folder that holds another
 *   extraction or in which another run writes
 */
export async function extract(
  lpips: Lpips,
  data: string,
  folder: string,
  options: ExtractOptions = {},
): Promise<Extraction> {
  checkMetric('extract', 'lpips', lpips);
  checkText('extract', 'data', data);
  checkText('extract', 'folder', folder);
  checkOptions('extract', options, EXTRACT_OPTIONS);
  const writer = { where: 'extract', what: folder };
  return await asOnlyWriter(join(folder, '.writer'), writer, () =>
    extractAlone(lpips, data, folder, options),
  );
}

async function extractAlone(
  lpips: Lpips,
  data: string,
  folder: string,
  { size = OFFICIAL_SIZE, only, itemsPerShard, decode, onScaled, onProgress }: ExtractOptions,
): Promise<Extraction> {
  const groups = await listItems(data, only);
  const maker = new ExtractionMaker({
    lpips,
    groups,
    size,
    verify: false,
    ...(decode && { decode }),
    ...(onScaled && { onScaled }),
  });
  maker.startDecoders();
  try {
    const options = { size, ...(itemsPerShard !== undefined && { itemsPerShard }) };
    const manifest = await describeExtraction(lpips, data, groups, options);
    await claimFolder(folder, manifest);
    collectYoungGarbage(); // left by the listing
    const placed = { plan: planOf(manifest), base: resolve(folder) };
    await removeTemporaries(placed);
    const { made, kept, renewed } = await runShards(placed, maker, placed.plan.shards, {
      onProgress: ({ made, kept, total }) => onProgress?.({ images: made, kept, total }),
    });
    return { manifest, images: made, kept, renewed };
  } finally {
    await maker.dispose();
  }
}

/** @throws LpipsError if a shard is missing or damaged, or was made from something else */
export async function readShard(
  folder: string,
  shard: Shard,
  manifest: ExtractionManifest,
): Promise<Uint8Array> {
  const path = join(folder, shard.name);
  const bytes = await readSealed(
    path,
    'shard',
    'Run "bapps extract" again: it makes the shard anew.',
    'Run "bapps extract" again: it makes the missing shards.',
  );
  if (sealOf(headOfPlan(manifest), shard, bytes, path).isCurrent) return bytes;
  const advice = 'Run "bapps extract" again: it replaces the shard.';
  throw invalid('extract', 'a shard of this extraction', path, 'one of another', advice);
}
