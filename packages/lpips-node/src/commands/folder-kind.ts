/**
 * @module
 * `lpips folder` as shards: so many pairs of images become their distances.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { at, type ImageSize, invalid, type Lpips } from 'lpips-core';
import type { BackendName } from '../backends/candidates.js';
import { checkSameSize, type ImagePair, largestOf, type SizedImage } from '../comparing/compare-images.js';
import type { ComparedPair } from '../comparing/compare-pairs.js';
import { inspectOrLeaveOut, type LeftOutPath } from '../comparing/leave-out.js';
import type { Match } from '../comparing/match-names.js';
import { scaledToHeight } from '../comparing/scale-to-height.js';
import { sha256OfFile } from '../files/digest.js';
import { digestOfWeights } from '../shards/digest-of-weights.js';
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
import { PairComparer } from './folder-pairs.js';
import { tellLeftOut } from './left-out.js';
import { matchFolders } from './match-folders.js';
import { type OpenMetric, openMetric } from './metric-options.js';
import { withoutPath } from './path-in-reason.js';
import { chosenMetric, metricArguments, metricFromPlan, type PlannedMetric } from './planned-metric.js';
import { TOOL, tellNote } from './report.js';

/** Pairs in a shard. One of 1920x1080 takes seconds, and a shard is what a killed worker repeats. */
const PAIRS_PER_SHARD = 20;
const COMMAND = 'lpips folder';

/** What a plan states of the command, and what the command is given. */
interface FolderInputs extends PlannedMetric {
  readonly dir: string;
  readonly referenceDir: string;
  readonly resize: boolean;
  /** Height at which images are compared. */
  readonly scale?: number | undefined;
  readonly match: Match;
  readonly recursive: boolean;
}

/** Two images of a shard: their names in their folders, and their sizes as they are read. */
type PlannedPair = readonly [
  image: string,
  reference: string,
  size: readonly [width: number, height: number],
  referenceSize: readonly [width: number, height: number],
];

/** What became of a pair. */
type PairOutcome =
  | { readonly distance: number }
  | { readonly leftOut: readonly { readonly side: 'image' | 'reference'; readonly reason: string }[] };

/** The pairs of two folders. */
export interface ComparedFolders {
  readonly pairs: readonly {
    readonly image: string;
    readonly reference: string;
    readonly outcome: PairOutcome;
  }[];
}

/** Pairs of two folders, by name. */
export const folderKind: ShardKind<ComparedFolders> = {
  name: 'folder',
  tool: TOOL,
  unit: 'pairs',

  async prepare(inputs, context) {
    const options = optionsFrom(inputs, context);
    const { pairs: matched, missing, leftOut, suggestion } = await matchFolders(COMMAND, options);
    if (!context.quiet) tellMissing(context, missing, suggestion);
    const unreadable: LeftOutPath[] = [];
    const planned: PlannedPair[] = [];
    const references: SizedImage[] = [];
    for (const [name, referenceName] of matched) {
      const [path, referencePath] = [join(options.dir, name), join(options.referenceDir, referenceName)];
      const found = await inspectOrLeaveOut(path, unreadable);
      const foundReference = await inspectOrLeaveOut(referencePath, unreadable);
      if (found === undefined || foundReference === undefined) continue;
      const image = scaledToHeight({ path, size: found }, options.scale);
      const reference = scaledToHeight({ path: referencePath, size: foundReference }, options.scale);
      if (!options.resize) checkSameSize(COMMAND, image, reference);
      const [{ size }, { size: referenceSize }] = [image, reference];
      references.push(reference);
      planned.push([
        name,
        referenceName,
        [size.width, size.height],
        [referenceSize.width, referenceSize.height],
      ]);
    }
    leftOut.push(...unreadable);
    if (planned.length === 0) throw new NoneReadable(unreadable);
    if (!context.quiet) tellLeftOut(context.terminal, leftOut);
    const metric = await openMetric(metricArguments(options, context), context.terminal, {
      command: COMMAND,
      images: references,
    });
    const shards: PlannedShard[] = [];
    for (let start = 0; start < planned.length; start += PAIRS_PER_SHARD) {
      const part = planned.slice(start, start + PAIRS_PER_SHARD);
      const name = `pairs-${String(shards.length).padStart(5, '0')}.safetensors`;
      const contents = context.digests ? await digestOfPairs(part, options) : NO_DIGEST;
      shards.push({ name, size: part.length, contents, part });
    }
    const plan = makePlan({
      kind: folderKind.name,
      tool: TOOL,
      folder: 'shards',
      inputs,
      identity: identityOf(metric, options),
      notes: {
        weights: { ...metric.origin.identity },
        missing: missing.map((path) => placeInPlan(path, options)),
        leftOut: leftOut.map(({ path, reason }) => ({
          path: placeInPlan(path, options),
          reason: withoutPath(reason, path),
        })),
        unreadable: unreadable.length,
      },
      shards,
    });
    return { plan, maker: makerOf(metric, options, context, context.digests ? 'fresh' : 'unsealed') };
  },

  async open(plan, context) {
    const planned = optionsFrom(plan.inputs, context);
    const options = { ...planned, ...chosenMetric(plan.identity) };
    const metric = await openMetric(metricArguments(options, context), context.terminal);
    try {
      const advice = 'Use the weights and the backend of the plan, or write the plan anew.';
      checkSameFields(COMMAND, plan.identity, identityOf(metric, options), advice);
    } catch (error) {
      metric.lpips.dispose();
      throw error;
    }
    return makerOf(metric, options, context, 'planned');
  },

  async join({ plan }, read) {
    const pairs: ComparedFolders['pairs'][number][] = [];
    for (const shard of plan.shards) {
      const outcomes = JSON.parse((await read(shard)).metadata['pairs'] ?? '[]') as PairOutcome[];
      for (const [index, [image, reference]] of pairsOf(shard).entries()) {
        pairs.push({ image, reference, outcome: at(outcomes, index) });
      }
    }
    return { pairs };
  },
};

/** What a plan notes for the table: the metric, and what is left out of the comparison. */
export interface FolderNotes {
  readonly metric: {
    readonly lpips: Pick<Lpips, 'net' | 'version' | 'linear'>;
    readonly backend: BackendName;
    readonly identity: WeightsIdentity;
  };
  /** Paths of images that only one folder has. */
  readonly missing: readonly string[];
  readonly leftOut: readonly LeftOutPath[];
  /** How many of these could not be read. */
  readonly unreadable: number;
  /** Height at which images are compared, where they are scaled. */
  readonly scale: number | undefined;
  /** Size of the largest reference. */
  readonly largest: ImageSize;
  /** The folders, as the plan states them. */
  readonly folders: Pick<FolderInputs, 'dir' | 'referenceDir'>;
}

/** The notes of a plan. */
export function folderNotes({ identity, inputs, notes, shards }: Plan): FolderNotes {
  const { net, version, linear, backend } = identity;
  return {
    ...(notes as unknown as Pick<FolderNotes, 'missing' | 'leftOut' | 'unreadable'>),
    scale: (inputs as unknown as FolderInputs).scale,
    largest: largestOf(
      shards.flatMap((shard) =>
        pairsOf(shard).map(([, path, , [width, height]]) => ({ path, size: { width, height } })),
      ),
    ),
    folders: inputs as unknown as FolderNotes['folders'],
    metric: {
      lpips: { net, version, linear } as FolderNotes['metric']['lpips'],
      backend: backend as BackendName,
      identity: notes['weights'] as unknown as WeightsIdentity,
    },
  };
}

/** None of the images could be read. The command says it in its own words. */
export class NoneReadable extends Error {
  constructor(readonly unreadable: readonly LeftOutPath[]) {
    super('no image can be read');
  }
}

/** In plans that are run at once and not kept. */
const NO_DIGEST = '0'.repeat(64);

interface FolderOptions extends FolderInputs {
  readonly planned: Pick<FolderInputs, 'dir' | 'referenceDir'>;
}

/** The inputs with the paths of this machine. */
function optionsFrom(inputs: JsonRecord, { base }: KindContext): FolderOptions {
  const options = inputs as unknown as FolderInputs;
  return {
    ...metricFromPlan(options, base),
    dir: pathFromPlan(options.dir, base),
    referenceDir: pathFromPlan(options.referenceDir, base),
    planned: options,
  };
}

/** What decides the distances beside the images. */
function identityOf({ lpips, backend }: OpenMetric, options: FolderInputs): JsonRecord {
  const { net, version, linear } = lpips;
  const { resize, scale, background, ignoreProfile } = options;
  const scaled = scale === undefined ? {} : { scale };
  const weights = digestOfWeights(lpips.weights);
  return {
    net,
    version,
    linear,
    weights,
    backend: backend.name,
    resize,
    ...scaled,
    background,
    ignoreProfile,
  };
}

/** @throws LpipsError where the plan states something else */
function pairsOf({ name, part }: PlannedShard): readonly PlannedPair[] {
  const isSize = (size: unknown) =>
    Array.isArray(size) && size.length === 2 && size.every(Number.isSafeInteger);
  const isPair = (pair: unknown): pair is PlannedPair =>
    Array.isArray(pair) &&
    pair.slice(0, 2).every((text) => typeof text === 'string') &&
    pair.slice(2).every(isSize);
  if (Array.isArray(part) && part.every(isPair)) return part;
  throw invalid(COMMAND, 'pairs of images', `${name} of the plan`, 'something else', 'Write the plan anew.');
}

function imagePairs(shard: PlannedShard, options: FolderOptions): ImagePair[] {
  const { background, ignoreProfile, scale } = options;
  const sized = (path: string, [width, height]: readonly [number, number]): SizedImage => {
    const size = { width, height };
    return { path, size, reading: { background, ignoreProfile, ...(scale !== undefined && { size }) } };
  };
  return pairsOf(shard).map(([image, reference, size, referenceSize]) => ({
    image: sized(join(options.dir, image), size),
    reference: sized(join(options.referenceDir, reference), referenceSize),
  }));
}

/**
 * @param state `planned`: the images are compared with the plan's digests first; `fresh`: the plan was just made from them;
 *   `unsealed`: nothing is kept, so that all shards may be computed at once
 */
function makerOf(
  metric: OpenMetric,
  options: FolderOptions,
  { terminal, quiet, workers }: KindContext,
  state: 'planned' | 'fresh' | 'unsealed',
): ShardMaker {
  const onNote = (note: string) => {
    if (!quiet) tellNote(terminal, note);
  };
  const comparer = new PairComparer(metric, { workers, onNote });
  const contentOf = (shard: PlannedShard, compared: readonly ComparedPair[]): MadeShard => {
    const pairs = imagePairs(shard, options);
    const outcomes = compared.map((pair, index) => outcomeOf(pair, at(pairs, index)));
    return { shard, content: { tensors: new Map(), metadata: { pairs: JSON.stringify(outcomes) } } };
  };
  return {
    async *make(shards: readonly PlannedShard[], onDone?: OnDone) {
      const groups = state === 'unsealed' ? [shards] : shards.map((shard) => [shard]);
      let before = 0;
      for (const group of groups) {
        if (state === 'planned') {
          for (const shard of group) {
            checkSameData(COMMAND, shard, await digestOfPairs(pairsOf(shard), options));
          }
        }
        const pairs = group.flatMap((shard) => imagePairs(shard, options));
        const compared = await comparer.compare(pairs, (done, note) => onDone?.(before + done, note));
        let start = 0;
        for (const shard of group) {
          yield contentOf(shard, compared.slice(start, start + shard.size));
          start += shard.size;
        }
        before += pairs.length;
      }
    },
    dispose: () => comparer.close(),
  };
}

/** A path as the plan states it, which is the same wherever the folder is mounted. */
function placeInPlan(path: string, { dir, referenceDir, planned }: FolderOptions): string {
  return moved(path, [dir, planned.dir], [referenceDir, planned.referenceDir]);
}

/** A path in one of some folders, as a path in the folder beside it. Any other path stays. */
export function moved(path: string, ...folders: readonly (readonly [from: string, to: string])[]): string {
  for (const [from, to] of folders) {
    const inside = join(from, '/');
    if (path.startsWith(inside)) return `${join(to, '/')}${path.slice(inside.length)}`;
  }
  return path;
}

function outcomeOf(pair: ComparedPair, { image, reference }: ImagePair): PairOutcome {
  if ('distance' in pair) return { distance: pair.distance };
  return {
    leftOut: pair.leftOut.map(({ path, reason }) => ({
      side: path === reference.path && path !== image.path ? 'reference' : 'image',
      reason: withoutPath(reason, path),
    })),
  };
}

/** sha256 over names, sizes and files of pairs. */
async function digestOfPairs(
  pairs: readonly PlannedPair[],
  { dir, referenceDir }: FolderInputs,
): Promise<string> {
  const hash = createHash('sha256');
  for (const pair of pairs) {
    const [image, reference] = pair;
    const files = [join(dir, image), join(referenceDir, reference)];
    const digests = await Promise.all(files.map((file) => sha256OfFile(file)));
    hash.update(`${JSON.stringify([pair, digests])}\n`);
  }
  return hash.digest('hex');
}

function tellMissing({ terminal }: KindContext, missing: readonly string[], suggestion: string): void {
  if (missing.length === 0) return;
  const list = `${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', …' : ''}`;
  const what =
    missing.length === 1
      ? '1 image has no counterpart and is left out'
      : `${missing.length} images have no counterpart and are left out`;
  tellNote(terminal, `${what}: ${list}`);
  if (suggestion !== '') tellNote(terminal, suggestion);
}
