/**
 * @module
 * One backbone pass for each image of a data set. Every pair becomes a pooled vector with its deviation under dropout,
 * which is all that heads need to learn. Shards are written in order, each whole or not at all. Existing ones are kept, unless
 * their images have changed since: a run that was killed at any moment goes on and ends with the same bytes.
 */
import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { getBackend, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import {
  at,
  checkOptions,
  checkText,
  invalid,
  type Lpips,
  type NetName,
  parseSafetensors,
  type Weight,
} from 'lpips-core';
import { calibrationName, identifyWeights, takeValues } from 'lpips-node';
import { asOnlyWriter, writeAtomically } from 'lpips-node/files';
import { checkMetric } from '../check-arguments.js';
import { exists } from '../files/exists.js';
import { readSealed, serializeSealed } from '../files/sealed-safetensors.js';
import { featuresOf } from '../networks/features-of.js';
import { channelsOfTaps, isHeadName } from '../networks/heads.js';
import { isSynthetic } from '../synthesize/synthesis-manifest.js';
import { TOOL } from '../tool.js';
import { collectYoungGarbage } from './collect-garbage.js';
import { type DecodeOptions, decodeAhead, startDecoders } from './decode-ahead.js';
import { contentsOf } from './digest-items.js';
import {
  claimFolder,
  type ExtractionManifest,
  manifestOf,
  type Shard,
  shardIdentity,
  shardsOf,
} from './extraction-manifest.js';
import { judgementOf, type ListedGroup, listItems, pathsByRole } from './list-items.js';

/** Height and width that the official loader scales images to. */
export const OFFICIAL_SIZE = 64;
/** Items in a shard. A shard has 1 to 9 MB, is held twice while it is written, and is what a killed run repeats. */
const ITEMS_PER_SHARD = 250;
/** Items in a pass; more are no faster. It belongs to the format, since the last bits depend on it. */
export const ITEMS_PER_BATCH: Readonly<Record<NetName, number>> = {
  lite: 25,
  alex: 100,
  squeeze: 100,
  vgg: 25,
};

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
  /** Called after each batch; `kept` counts the images of shards from an earlier run. */
  readonly onProgress?: (progress: { images: number; kept: number; total: number }) => void;
}

const EXTRACT_OPTIONS = [
  'size',
  'only',
  'itemsPerShard',
  'decode',
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

/** One batch of a shard. */
interface Batch {
  readonly shard: Shard;
  readonly paths: readonly string[]; // all references, then all p0, then all p1
  readonly start: number; // within the shard
  readonly count: number;
}

/**
 * Extracts 2afc and jnd of a data set, train and val, as far as they exist.
 *
 * @param lpips the net, on the current backend; its heads are not used
 * @param data folder of the data set
 * @param folder of the extraction, made if it is missing
 * @throws LpipsError naming a file of the data that is missing, damaged or of another size, a folder that holds another
 *   extraction or in which another run writes, or a damaged shard
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
  const decoders = startDecoders(options.decode ?? {});
  try {
    const writer = { where: 'extract', what: folder };
    return await asOnlyWriter(join(folder, '.writer'), writer, () =>
      extractWith(decoders, lpips, data, folder, options),
    );
  } finally {
    await decoders.destroy();
  }
}

async function extractWith(
  decoders: ReturnType<typeof startDecoders>,
  lpips: Lpips,
  data: string,
  folder: string,
  { size = OFFICIAL_SIZE, only, itemsPerShard = ITEMS_PER_SHARD, onProgress }: ExtractOptions,
): Promise<Extraction> {
  const groups = await listItems(data, only);
  const { net, version, weights } = lpips;
  const extracted: ExtractionManifest['groups'][number][] = [];
  for (const { task, split, distortion, entries } of groups) {
    const contents = await contentsOf(entries, itemsPerShard);
    extracted.push({ task, split, distortion, items: entries.length, contents });
  }
  const manifest = manifestOf({
    tool: TOOL,
    net,
    version,
    calibration: calibrationName(lpips, await identifyWeights({ net, version, linear: false, weights })),
    weights: digestOfBackbone(lpips),
    simulated: await isSynthetic(data),
    backend: getBackend(),
    size,
    channels: channelsOfTaps(net),
    itemsPerShard,
    groups: extracted,
  });
  await claimFolder(folder, manifest);
  collectYoungGarbage(); // left by the listing
  await removeTemporaries(folder);
  const entriesOf = ({ group, start, count }: Shard) =>
    at(groups, manifest.groups.indexOf(group)).entries.slice(start, start + count);
  const shards = shardsOf(manifest);
  const { missing, outdated } = await shardsToMake(folder, shards, manifest);
  const imagesIn = (some: readonly Shard[]) =>
    some.reduce((sum, { group, count }) => sum + count * (group.task === 'jnd' ? 2 : 3), 0);
  const total = imagesIn(shards);
  const kept = total - imagesIn(missing);
  const batches = batchesOf(missing, entriesOf, ITEMS_PER_BATCH[lpips.net]);

  let images = 0;
  const most = ITEMS_PER_BATCH[lpips.net];
  // Allocated once and refilled: garbage that waits for its collection would grow with the data.
  const pooled = new Float32Array(
    Math.max(0, ...missing.map((shard) => sizeOf(shapeOfPooled(shard, manifest)))),
  );
  const staging = new Float32Array(most * size * size * 3);
  for await (const { batch, pixels } of decodeAhead(batches, { decoders, size, images: 3 * most })) {
    const { shard, start, count } = batch;
    const [, ...each] = shapeOfPooled(shard, manifest);
    const into = pooled.subarray(start * sizeOf(each), (start + count) * sizeOf(each));
    await poolBatch(lpips, { pixels, size, count, staging }, into);
    collectYoungGarbage();
    images += batch.paths.length;
    onProgress?.({ images, kept, total });
    if (start + count < shard.count) continue;
    const items = entriesOf(shard);
    const tensors = new Map<string, Weight>([
      ['judgement', { shape: [items.length], data: Float32Array.from(items, judgementOf) }],
      ['pooled', { shape: [items.length, ...each], data: pooled.subarray(0, items.length * sizeOf(each)) }],
    ]);
    const metadata = {
      extraction: shardIdentity(manifest, shard),
      names: JSON.stringify(items.map(({ name }) => name)),
    };
    await writeAtomically(join(folder, shard.name), serializeSealed(tensors, metadata));
  }
  return { manifest, images, kept, renewed: imagesIn(outdated) };
}

/** `[items, pairs, moments, channels]`: pairs (ref, p0) and (ref, p1) of a triplet, moments mean and deviation. */
function shapeOfPooled({ group, count }: Shard, { channels }: ExtractionManifest): number[] {
  return [count, group.task === 'jnd' ? 1 : 2, 2, channels.reduce((sum, some) => sum + some, 0)];
}

/** @throws LpipsError if a shard is missing or damaged, or was made from something else */
export async function readShard(
  folder: string,
  shard: Shard,
  manifest: ExtractionManifest,
): Promise<Uint8Array> {
  const { bytes, isCurrent } = await readAnyShard(folder, shard, manifest);
  if (isCurrent) return bytes;
  const advice = 'Run "bapps extract" again: it replaces the shard.';
  throw invalid('extract', 'a shard of this extraction', join(folder, shard.name), 'one of another', advice);
}

async function readAnyShard(
  folder: string,
  shard: Shard,
  manifest: ExtractionManifest,
): Promise<{ bytes: Uint8Array; isCurrent: boolean }> {
  const path = join(folder, shard.name);
  const bytes = await readSealed(
    path,
    'shard',
    'Delete it and run "bapps extract" again.',
    'Run "bapps extract" again: it makes the missing shards.',
  );
  const { metadata } = parseSafetensors(bytes, { source: path, filter: () => false });
  return { bytes, isCurrent: metadata['extraction'] === shardIdentity(manifest, shard) };
}

/** Shards that are missing or were made from something else, and of these, those that are there. */
async function shardsToMake(
  folder: string,
  shards: readonly Shard[],
  manifest: ExtractionManifest,
): Promise<{ missing: Shard[]; outdated: Shard[] }> {
  const missing: Shard[] = [];
  const outdated: Shard[] = [];
  for (const shard of shards) {
    if (!(await exists(join(folder, shard.name)))) missing.push(shard);
    else if (!(await readAnyShard(folder, shard, manifest)).isCurrent) {
      missing.push(shard);
      outdated.push(shard);
    }
  }
  return { missing, outdated };
}

function* batchesOf(
  shards: readonly Shard[],
  entriesOf: (shard: Shard) => ListedGroup['entries'],
  itemsPerBatch: number,
): Generator<Batch> {
  for (const shard of shards) {
    for (let start = 0; start < shard.count; start += itemsPerBatch) {
      const count = Math.min(itemsPerBatch, shard.count - start);
      const paths = pathsByRole(entriesOf(shard).slice(start, start + count));
      yield { shard, paths, start, count };
    }
  }
}

/** The decoded images of a batch, and a buffer for those that pass the network together. */
interface Decoded {
  readonly pixels: Float32Array;
  readonly size: number;
  readonly count: number;
  readonly staging: Float32Array;
}

/** `[count, pairs, 2, channels]` of a batch: the first image of each item against each of the others. */
async function poolBatch(
  lpips: Lpips,
  { pixels, size, count, staging }: Decoded,
  into: Float32Array,
): Promise<void> {
  const each = count * size * size * 3;
  const pairs = pixels.length / each - 1;
  const channels = into.length / (2 * pairs * count);
  const part = (role: number): Tensor4D => {
    const values = staging.subarray(0, each); // a copy: backends do not take memory that threads share
    values.set(pixels.subarray(role * each, (role + 1) * each));
    return tensor4d(values, [count, size, size, 3]);
  };
  const features = featuresOf(lpips, part(0));
  try {
    for (let pair = 0; pair < pairs; pair++) {
      const pooled = tidy(() => ({ ...lpips.pooledDifferences(part(pair + 1), features) }));
      const means = await takeValues(pooled.means);
      const deviations = (await takeValues(pooled.variances)).map(Math.sqrt);
      for (let item = 0; item < count; item++) {
        const [from, to] = [item * channels, 2 * channels * (item * pairs + pair)];
        into.set(means.subarray(from, from + channels), to);
        into.set(deviations.subarray(from, from + channels), to + channels);
      }
    }
  } finally {
    features.dispose();
  }
}

/** Deletes the files that a killed run was writing. */
async function removeTemporaries(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/^\..*\.tmp$/.test(name)) await rm(join(folder, name), { force: true });
  }
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** sha256 of the weights that are not heads. */
export function digestOfBackbone({ weights }: Pick<Lpips, 'weights'>): string {
  const hash = createHash('sha256');
  for (const [name, { data }] of [...weights].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (isHeadName(name)) continue;
    hash.update(name).update(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
