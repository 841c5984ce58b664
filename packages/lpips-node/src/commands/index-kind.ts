/**
 * @module
 * `lpips index` as shards: so many images become their summaries, which are then written into one index.
 */
import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { DEFAULT_BACKGROUND, invalid, type Lpips, type Weight } from 'lpips-core';
import {
  DEFAULT_CELLS,
  type IndexEntry,
  type IndexedImage,
  type IndexHeader,
  indexHeader,
} from 'lpips-search';
import { openWriter } from 'lpips-search/node';
import type { BackendName } from '../backends/candidates.js';
import type { LeftOutPath } from '../comparing/leave-out.js';
import { codeOf } from '../errors/foreign-error.js';
import { sha256OfFile } from '../files/digest.js';
import { asOnlyWriter } from '../files/only-writer.js';
import { collectImages } from '../searching/collect-images.js';
import { batchSize, type Indexed, summarizedFiles } from '../searching/index-images.js';
import { entryOf, isUnchanged, pathInIndex } from '../searching/indexed-files.js';
import {
  checkSameData,
  checkSameFields,
  type JsonRecord,
  makePlan,
  type Plan,
  type PlannedShard,
  pathFromPlan,
} from '../shards/plan.js';
import type { KindContext, MadeShard, OnDone, ShardKind, ShardMaker } from '../shards/shard-kind.js';
import type { WeightsIdentity } from '../weights/identify-weights.js';
import { headerOf, metricOf } from './indexed-metric.js';
import { tellLeftOut } from './left-out.js';
import { type OpenMetric, openMetric } from './metric-options.js';
import { withoutPath } from './path-in-reason.js';
import { chosenMetric, metricArguments, metricFromPlan, type PlannedMetric } from './planned-metric.js';
import { readingOf } from './reading-options.js';
import { TOOL } from './report.js';

const COMMAND = 'lpips index';
/** Batches of a shard. All but the last of a shard are full, so that images meet in the batches of a run on one machine. */
const BATCHES_PER_SHARD = 16;
/** Height and width of a new index, in pixels. */
export const DEFAULT_SIZE = 64;
/** The tensor of a shard, `[images, 2 · half]`. */
const SUMMARIES = 'summaries';

/** What a plan states of the command, and what the command is given. */
interface IndexInputs extends PlannedMetric {
  readonly inputs: readonly string[];
  readonly out: string;
  readonly size: number | undefined;
  readonly cells: number | undefined;
  readonly recursive: boolean;
}

/** An image as a plan names it: its path from the folder of the index, bytes and time of its file. */
type PlannedImage = readonly [path: string, bytes: number, time: number];

/** The index that shards became. The paths of what is left out are absolute, and its reasons are without them (`withPath`). */
export interface MergedIndex extends Indexed {
  readonly header: IndexHeader;
  /** Files that could not be read. */
  readonly unreadable: number;
  readonly metric: {
    readonly lpips: Pick<Lpips, 'net' | 'version' | 'linear'>;
    readonly backend: { readonly name: BackendName };
    readonly identity: WeightsIdentity;
  };
}

/** There is no image. The command says it in its own words. */
export class NothingToIndex extends Error {
  constructor(readonly leftOut: readonly LeftOutPath[]) {
    super('no image is there');
  }
}

/** Images of folders, in the order of their names. */
export const indexKind: ShardKind<MergedIndex> = {
  name: 'index',
  tool: TOOL,
  unit: 'images',

  async prepare(inputs, context) {
    const options = optionsFrom(inputs, context);
    const { files, leftOut } = await collectImages(COMMAND, options.inputs, options.recursive);
    const gone: LeftOutPath[] = [];
    const images: PlannedImage[] = [];
    for (const file of files) {
      const entry = await entryOf(options.out, file).catch((error: unknown) => {
        if (codeOf(error) === undefined) throw error;
        gone.push({ path: file, reason: 'it is no longer there' });
      });
      if (entry) images.push([entry.path, entry.bytes, entry.time]);
    }
    if (images.length === 0) throw new NothingToIndex([...leftOut, ...gone]);
    if (!context.quiet) tellLeftOut(context.terminal, [...leftOut, ...gone]);
    const known = await headerOf(options.out);
    const own = metricArguments(options, context);
    const metric = await openMetric(known ? metricOf(own, known) : own, context.terminal);
    const header = await headerFor(options, metric, known);
    const each = BATCHES_PER_SHARD * batchSize(metric.lpips, header);
    const shards: PlannedShard[] = [];
    for (let start = 0; start < images.length; start += each) {
      const part = images.slice(start, start + each);
      const name = `images-${String(shards.length).padStart(5, '0')}.safetensors`;
      shards.push({ name, size: part.length, contents: await digestOfImages(part, options), part });
    }
    const plan = makePlan({
      kind: indexKind.name,
      tool: TOOL,
      folder: 'shards',
      inputs,
      identity: identityOf(metric, header),
      notes: {
        weights: { ...metric.origin.identity },
        leftOut: [...leftOut, ...gone].map(({ path, reason }) => ({
          path: pathInIndex(options.out, path),
          reason: withoutPath(reason, path),
        })),
        unreadable: gone.length,
      },
      shards,
    });
    return { plan, maker: makerOf(metric, header, options, 'fresh') };
  },

  async open(plan, context) {
    const planned = optionsFrom(plan.inputs, context);
    const header = headerOfPlan(plan);
    const options = { ...planned, ...chosenMetric(plan.identity), noLinear: !header.linear };
    const metric = await openMetric(metricArguments(options, context), context.terminal);
    try {
      const own = await headerFor(planned, metric, header);
      const advice = 'Use the weights and the backend of the plan, or write the plan anew.';
      checkSameFields(COMMAND, plan.identity, identityOf(metric, own), advice);
    } catch (error) {
      metric.lpips.dispose();
      throw error;
    }
    return makerOf(metric, header, options, 'planned');
  },

  async join(placed, read) {
    const { plan } = placed;
    const { out } = optionsFrom(plan.inputs, placed);
    const header = headerOfPlan(plan);
    const { weights, leftOut: before, unreadable } = plan.notes as unknown as IndexNotes;
    const placeOf = ({ path, reason }: LeftOutPath) => ({ path: resolve(dirname(out), path), reason });
    const leftOut = before.map(placeOf);
    const counts = { added: 0, renewed: 0, kept: 0 };
    let damaged = 0;
    const images = await asOnlyWriter(`${out}.writer`, { where: COMMAND, what: out }, async () => {
      const writer = await openWriter(out, header, { patienceMs: Number.POSITIVE_INFINITY });
      try {
        const known = new Map(writer.index.entries.map((entry) => [entry.path, entry]));
        for (const shard of plan.shards) {
          const { tensors, metadata } = await read(shard);
          for (const image of imagesOf(metadata['images'], tensors.get(SUMMARIES), header)) {
            const old = known.get(image.path);
            if (isUnchanged(image, old)) counts.kept++;
            else {
              await writer.add(image);
              counts[old ? 'renewed' : 'added']++;
            }
          }
          const missing = JSON.parse(metadata['leftOut'] ?? '[]') as LeftOutPath[];
          leftOut.push(...missing.map(placeOf));
          damaged += missing.length;
        }
        return writer.index.count + counts.added;
      } finally {
        await writer.close();
      }
    });
    const { net, version, linear } = header;
    const lpips = { net, version, linear } as MergedIndex['metric']['lpips'];
    const metric = { lpips, backend: { name: plan.identity['backend'] as BackendName }, identity: weights };
    return { ...counts, images, leftOut, header, metric, unreadable: unreadable + damaged };
  },
};

interface IndexNotes {
  readonly weights: WeightsIdentity;
  /** With paths from the folder of the index. */
  readonly leftOut: readonly LeftOutPath[];
  /** How many of these were files that should have been there. */
  readonly unreadable: number;
}

/** What the summaries of an index are of, by the options or by the index that is there already. */
export async function headerFor(
  options: Pick<IndexInputs, 'size' | 'cells' | 'background' | 'ignoreProfile'>,
  { lpips }: Pick<OpenMetric, 'lpips'>,
  known: IndexHeader | undefined,
): Promise<IndexHeader> {
  const { size, cells } = options;
  const [width, height] = [size ?? known?.width ?? DEFAULT_SIZE, size ?? known?.height ?? DEFAULT_SIZE];
  const { background, ignoreProfile } = readingOf(options);
  return await indexHeader(lpips, {
    size: { width, height },
    cells: cells ?? known?.cells ?? DEFAULT_CELLS,
    reading: { background: background ?? DEFAULT_BACKGROUND, ignoreProfile: ignoreProfile ?? false },
  });
}

/** The inputs with the paths of this machine. */
function optionsFrom(inputs: JsonRecord, { base }: Pick<KindContext, 'base'>): IndexInputs {
  const options = inputs as unknown as IndexInputs;
  return {
    ...metricFromPlan(options, base),
    inputs: options.inputs.map((path) => pathFromPlan(path, base)),
    out: pathFromPlan(options.out, base),
    size: options.size ?? undefined,
    cells: options.cells ?? undefined,
  };
}

/** What decides the summaries beside the images: the head of the index, and the backend. */
function identityOf({ backend }: OpenMetric, header: IndexHeader): JsonRecord {
  return { ...header, backend: backend.name };
}

function headerOfPlan({ identity }: Plan): IndexHeader {
  const header = Object.entries(identity).filter(([key]) => key !== 'backend');
  return Object.fromEntries(header) as unknown as IndexHeader;
}

/** @throws LpipsError where the plan states something else */
function plannedImages({ name, part }: PlannedShard): readonly PlannedImage[] {
  const isImage = (image: unknown): image is PlannedImage =>
    Array.isArray(image) &&
    image.length === 3 &&
    typeof image[0] === 'string' &&
    image.slice(1).every(Number.isSafeInteger);
  if (Array.isArray(part) && part.every(isImage)) return part;
  throw invalid(COMMAND, 'images', `${name} of the plan`, 'something else', 'Write the plan anew.');
}

/** @param state `planned`: the images are compared with the plan's digests first; `fresh`: the plan was just made from them */
function makerOf(
  { lpips }: OpenMetric,
  header: IndexHeader,
  options: IndexInputs,
  state: 'planned' | 'fresh',
): ShardMaker {
  return {
    async *make(shards: readonly PlannedShard[], onDone?: OnDone): AsyncGenerator<MadeShard> {
      let done = 0;
      for (const shard of shards) {
        const images = plannedImages(shard);
        if (state === 'planned') checkSameData(COMMAND, shard, await digestOfImages(images, options));
        const wanted = images.map(([path, bytes, time]) => ({
          file: resolve(dirname(options.out), path),
          entry: { path, bytes, time },
        }));
        const leftOut: LeftOutPath[] = [];
        const found: IndexedImage[] = [];
        for await (const { images: batch, read } of summarizedFiles(lpips, wanted, header, leftOut)) {
          found.push(...batch);
          done += read;
          onDone?.(done);
        }
        const pathOf = new Map(wanted.map(({ file, entry }) => [file, entry.path]));
        const metadata = {
          images: JSON.stringify(found.map(({ path, bytes, time }) => ({ path, bytes, time }))),
          leftOut: JSON.stringify(
            leftOut.map(({ path, reason }) => ({
              path: pathOf.get(path),
              reason: withoutPath(reason, path),
            })),
          ),
        };
        yield { shard, content: { tensors: tensorsOf(found), metadata } };
      }
    },
    dispose: () => lpips.dispose(),
  };
}

function tensorsOf(images: readonly IndexedImage[]): ReadonlyMap<string, Weight> {
  const [first] = images;
  if (first === undefined) return new Map();
  const { length } = first.summary.values;
  const data = new Float32Array(images.length * length);
  for (const [place, { summary }] of images.entries()) data.set(summary.values, place * length);
  return new Map([[SUMMARIES, { shape: [images.length, length], data }]]);
}

/** @throws LpipsError where the shard holds something else */
function imagesOf(
  list: string | undefined,
  summaries: Weight | undefined,
  { half }: IndexHeader,
): IndexedImage[] {
  const entries = JSON.parse(list ?? '[]') as IndexEntry[];
  if (entries.length > 0 && summaries?.data.length !== entries.length * 2 * half) {
    throw invalid(COMMAND, `${entries.length} summaries`, 'a shard', 'others', 'Make the shard again.');
  }
  return entries.map((entry, place) => ({
    ...entry,
    summary: { values: (summaries?.data ?? NONE).slice(place * 2 * half, (place + 1) * 2 * half), slack: 0 },
  }));
}

const NONE = new Float32Array(0);

/** sha256 over paths, sizes and files of images. */
async function digestOfImages(images: readonly PlannedImage[], { out }: IndexInputs): Promise<string> {
  const hash = createHash('sha256');
  for (const [path, bytes, time] of images) {
    hash.update(`${JSON.stringify([path, bytes, time, await sha256OfFile(resolve(dirname(out), path))])}\n`);
  }
  return hash.digest('hex');
}
