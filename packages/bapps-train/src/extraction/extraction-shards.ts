/**
 * @module
 * The shards of an extraction: what decides their bytes, and how one is made. One backbone pass for each image; every pair
 * becomes a pooled vector with its deviation under dropout, which is all that heads need to learn.
 */
import { getBackend, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { invalid, type Lpips, type NetName, type Weight } from 'lpips-core';
import { calibrationName, identifyWeights, takeValues } from 'lpips-node';
import { digestOfWeights, type MadeShard, type PlannedShard, type ShardMaker } from 'lpips-node/shards';
import { groupName, SPLITS, Triplet } from '../data-set/layout.js';
import { featuresOf } from '../networks/features-of.js';
import { channelsOfTaps, isHeadName } from '../networks/heads.js';
import { findVotesOnTriplets } from '../scores/votes-on-triplets.js';
import { isSynthetic } from '../synthesize/synthesis-manifest.js';
import { TOOL } from '../tool.js';
import { collectYoungGarbage } from './collect-garbage.js';
import { type DecodeOptions, decodeAhead, startDecoders } from './decode-ahead.js';
import { contentsOf, digestOfItems, referenceOf } from './digest-items.js';
import { type ExtractionManifest, manifestOf } from './extraction-manifest.js';
import { judgementOf, type ListedGroup, pathsByRole } from './list-items.js';

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

/** What a plan says of a shard: `count` items of a group, such as `2afc/val/cnn`, beginning with item `start`. */
type Part = Readonly<Record<'group' | 'start' | 'count', string | number>>;

/** What a maker is opened with. */
export interface ExtractionSource {
  readonly lpips: Lpips;
  readonly groups: readonly ListedGroup[];
  /** Height and width of the images as they pass the network. */
  readonly size: number;
  /** Whether the items must be those that the plan was made from. The digests of a plan may be older than the data. */
  readonly verify: boolean;
  readonly decode?: Pick<DecodeOptions, 'threads' | 'thread'>;
  /** Called once, with the side of the first image that was scaled. */
  readonly onScaled?: (side: number) => void;
}

/** One batch of a shard. */
interface Batch {
  readonly shard: PlannedShard;
  readonly items: ListedGroup['entries'];
  readonly paths: readonly string[]; // all references, then all p0, then all p1
  readonly start: number; // within the shard
  readonly count: number;
}

/**
 * What an extraction of these items on the current backend is made from. Every image is read for its digest.
 *
 * @throws LpipsError naming an image that cannot be read
 */
export async function describeExtraction(
  lpips: Lpips,
  data: string,
  groups: readonly ListedGroup[],
  { size, itemsPerShard = ITEMS_PER_SHARD }: { readonly size: number; readonly itemsPerShard?: number },
): Promise<ExtractionManifest> {
  const { net, version, weights } = lpips;
  const extracted: ExtractionManifest['groups'][number][] = [];
  const votes = await votesOf(data, groups);
  for (const group of groups) {
    const { task, split, distortion, entries } = group;
    const contents = await contentsOf(entries, itemsPerShard);
    const own = votes.get(group);
    extracted.push({ task, split, distortion, items: entries.length, contents, ...(own && { votes: own }) });
  }
  return manifestOf({
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
}

/** How many people judged each item of the groups of which the data set says it. */
async function votesOf(
  data: string,
  groups: readonly ListedGroup[],
): Promise<ReadonlyMap<ListedGroup, readonly number[]>> {
  const counted = new Map<ListedGroup, readonly number[]>();
  for (const split of SPLITS) {
    const own = groups.filter((group) => group.task === '2afc' && group.split === split);
    if (own.length === 0) continue;
    const triplets = own.map(({ distortion, entries }) => {
      return { distortion, items: entries.filter((item) => item instanceof Triplet) };
    });
    const { votes } = await findVotesOnTriplets({ data, split, triplets });
    for (const group of own) {
      const on = votes?.get(group.distortion);
      const counts = on?.votes?.map(({ length }) => length) ?? on?.counts;
      if (counts) counted.set(group, counts);
    }
  }
  return counted;
}

/** Passes the images of shards through the network. */
export class ExtractionMaker implements ShardMaker {
  readonly #source: ExtractionSource;
  readonly #channels: number;
  /** Threads that were started ahead, for the first call of `make`. */
  #decoders: ReturnType<typeof startDecoders> | undefined;

  constructor(source: ExtractionSource) {
    this.#source = source;
    this.#channels = channelsOfTaps(source.lpips.net).reduce((sum, some) => sum + some, 0);
  }

  /** Starts the threads that decode, so that they get ready meanwhile. */
  startDecoders(): void {
    this.#decoders ??= startDecoders(this.#source.decode ?? {});
  }

  async *make(shards: readonly PlannedShard[], onDone?: (images: number) => void): AsyncGenerator<MadeShard> {
    if (shards.length === 0) return;
    this.startDecoders();
    const decoders = this.#decoders;
    this.#decoders = undefined; // they end with the iteration
    const { lpips, size, onScaled } = this.#source;
    const most = ITEMS_PER_BATCH[lpips.net];
    // Allocated once and refilled: garbage that waits for its collection would grow with the data.
    const pooled = new Float32Array(Math.max(...shards.map((shard) => this.#valuesOf(shard))));
    const staging = new Float32Array(most * size * size * 3);
    const options = { size, images: 3 * most, ...(decoders && { decoders }), ...(onScaled && { onScaled }) };
    let images = 0;
    for await (const { batch, pixels } of decodeAhead(this.#batchesOf(shards, most), options)) {
      const { shard, items, start, count } = batch;
      const each = this.#valuesOf(shard) / items.length;
      const into = pooled.subarray(start * each, (start + count) * each);
      await poolBatch(lpips, { pixels, size, count, staging }, into);
      collectYoungGarbage();
      images += batch.paths.length;
      onDone?.(images);
      if (start + count < items.length) continue;
      const pairs = shard.size / items.length - 1;
      const shape = [items.length, pairs, 2, this.#channels];
      const tensors = new Map<string, Weight>([
        ['judgement', { shape: [items.length], data: Float32Array.from(items, judgementOf) }],
        ['pooled', { shape, data: pooled.subarray(0, this.#valuesOf(shard)) }],
      ]);
      const metadata = {
        names: JSON.stringify(items.map(({ name }) => name)),
        references: JSON.stringify(items.map(referenceOf)),
      };
      yield { shard, content: { tensors, metadata } };
    }
  }

  async dispose(): Promise<void> {
    await this.#decoders?.destroy();
    this.#decoders = undefined;
  }

  /** The values of `[items, pairs, moments, channels]`: pairs (ref, p0) and (ref, p1) of a triplet, moments mean and deviation. */
  #valuesOf({ size, part }: PlannedShard): number {
    return (size - Number((part as Part).count)) * 2 * this.#channels;
  }

  *#batchesOf(shards: readonly PlannedShard[], itemsPerBatch: number): Generator<Batch> {
    for (const shard of shards) {
      const items = this.#itemsOf(shard);
      for (let start = 0; start < items.length; start += itemsPerBatch) {
        const count = Math.min(itemsPerBatch, items.length - start);
        yield { shard, items, paths: pathsByRole(items.slice(start, start + count)), start, count };
      }
    }
  }

  /** @throws LpipsError if they are not those that the plan was made from */
  #itemsOf({ name, contents, part }: PlannedShard): ListedGroup['entries'] {
    const { groups, verify } = this.#source;
    const { group, start, count } = part as Part;
    const listed = groups.find((each) => groupName(each) === group)?.entries ?? [];
    const items = listed.slice(Number(start), Number(start) + Number(count));
    if (items.length === count && (!verify || digestOfItems(items) === contents)) return items;
    const got = items.length === count ? 'others' : `${items.length} of ${count} items`;
    const advice = 'Write the plan anew, or wait until this machine sees the same files.';
    throw invalid('extract', 'the images and judgements that the plan was made from', name, got, advice);
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
export async function poolBatch(
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

/** sha256 of the weights that are not heads. */
export function digestOfBackbone({ weights }: Pick<Lpips, 'weights'>): string {
  return digestOfWeights(weights, (name) => !isHeadName(name));
}
