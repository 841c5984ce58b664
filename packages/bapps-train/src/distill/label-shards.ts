/**
 * @module
 * The teacher's labels as shards: the triplets of the recipe become the teacher's distances of their two copies. The pictures,
 * which follow from the photographs and the seed, stay in the cache, where training reads them.
 */
import { createHash } from 'node:crypto';
import { invalid, type Lpips } from 'lpips-core';
import type { MadeShard, PlannedShard, ShardContent, ShardMaker } from 'lpips-node/shards';
import { type Makers, openMakers, picturesOf, tripletDistances } from './make-shards.js';
import type { PhotographFolder } from './read-photographs.js';
import { recipeShards } from './recipe-triplets.js';
import type { Shard, TripletCache } from './triplet-cache.js';

/** Name of the tensor, float32 `[triplets, 2]`: LPIPS of the first and of the second copy to the reference. */
const TARGETS = 'targets';

/** The shards of a plan. Their contents follow from the photographs, the seed and the numbers of the triplets. */
export function plannedLabels(photographs: string, seed: number, references: number): PlannedShard[] {
  let first = 0;
  return recipeShards(references).map(({ index, triplets }): PlannedShard => {
    const contents = createHash('sha256')
      .update(JSON.stringify([photographs, seed, 'training', first, triplets]))
      .digest('hex');
    const part = { index, first };
    first += triplets;
    return { name: `labels-${String(index).padStart(5, '0')}.safetensors`, size: triplets, contents, part };
  });
}

/** What labels are made with. */
export interface LabelSource {
  readonly photographs: PhotographFolder;
  readonly seed: number;
  readonly teacher: Lpips;
  readonly cache: TripletCache;
  /** Threads that make pictures; 0 = this thread. Default: one for each core. */
  readonly workers?: number | undefined;
}

/** Makes labels. It takes the teacher with it. */
export class LabelMaker implements ShardMaker {
  readonly #source: LabelSource;
  #makers: Makers | undefined;

  constructor(source: LabelSource) {
    this.#source = source;
  }

  async *make(shards: readonly PlannedShard[], onDone?: (units: number) => void): AsyncGenerator<MadeShard> {
    const { photographs, seed, teacher, cache, workers } = this.#source;
    this.#makers ??= openMakers({ photographs: photographs.photographs, seed, mixture: 'training' }, workers);
    let before = 0;
    for (const shard of shards) {
      const { first, triplets, ...file } = placeOf(shard);
      const pictures = await picturesOf(
        this.#makers,
        { first, count: triplets },
        (done) => onDone?.(before + Math.floor(done / 2)), // the other half is the teacher's
      );
      const there = { ...file, triplets };
      if (!(await cache.has(there, 'pictures'))) await cache.writePictures(there, pictures);
      const data = await tripletDistances(teacher, pictures);
      before += triplets;
      onDone?.(before);
      const tensors = new Map([[TARGETS, { shape: [triplets, 2], data }]]);
      yield { shard, content: { tensors, metadata: {} } };
    }
  }

  async dispose(): Promise<void> {
    await this.#makers?.close();
    this.#source.teacher.dispose();
  }
}

/** Puts the labels of a shard where training reads them. @throws LpipsError if the content is none */
export async function placeLabels(
  cache: TripletCache,
  shard: PlannedShard,
  { tensors }: ShardContent,
): Promise<void> {
  const { first: _, ...file } = placeOf(shard);
  const data = tensors.get(TARGETS)?.data;
  if (data?.length !== 2 * file.triplets) {
    throw invalid('distill', `${2 * file.triplets} distances`, shard.name, `${data?.length ?? 'none'}`);
  }
  await cache.writeTargets(file, data.slice());
}

/** @throws LpipsError where the plan states something else */
function placeOf({ name, size, part }: PlannedShard): Shard & { readonly first: number } {
  const { index, first } = (part ?? {}) as Readonly<Record<'index' | 'first', unknown>>;
  if (Number.isSafeInteger(index) && Number.isSafeInteger(first)) {
    return { kind: 'recipe', index: Number(index), first: Number(first), triplets: size };
  }
  throw invalid(
    'distill',
    'numbers of triplets',
    `${name} of the plan`,
    'something else',
    'Write the plan anew.',
  );
}
