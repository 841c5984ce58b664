/**
 * @module
 * The teacher's labels of `bapps distill` as shards. Joined, they are in the cache that `bapps distill` trains from.
 */
import { join } from 'node:path';
import { getBackend } from '@tensorflow/tfjs-core';
import { invalid, NET_NAMES, type NetName } from 'lpips-core';
import { BACKEND_CHOICES, type BackendChoice, selectBackend } from 'lpips-node';
import { oneOf } from 'lpips-node/command-line';
import { asOnlyWriter, makeFolder } from 'lpips-node/files';
import { openMetric } from 'lpips-node/metric-options';
import {
  checkSameFields,
  digestOfWeights,
  type JsonRecord,
  type KindContext,
  makePlan,
  pathFromPlan,
  type ShardKind,
} from 'lpips-node/shards';
import { LabelMaker, placeLabels, plannedLabels } from '../distill/label-shards.js';
import { type PhotographFolder, readPhotographs } from '../distill/read-photographs.js';
import { tripletsOf } from '../distill/recipe-triplets.js';
import { type CacheManifest, TripletCache } from '../distill/triplet-cache.js';
import { TOOL } from '../tool.js';

/** What decides the labels. */
interface LabelInputs {
  readonly photos: string;
  readonly teacher: NetName;
  readonly cache: string;
  readonly seed: number;
  readonly references: number;
  readonly weights: string | undefined;
  readonly backend: BackendChoice;
}

/** Labels that are in their place. */
export interface JoinedLabels {
  readonly triplets: number;
  /** The teacher's net and calibration. */
  readonly teacher: string;
}

/** Triplets of the recipe, by number. */
export const labelsKind: ShardKind<JoinedLabels> = {
  name: 'labels',
  tool: TOOL,
  unit: 'triplets',

  async prepare(inputs, context) {
    const options = inputsFrom(inputs, context);
    const photographs = await readOn(options);
    const { maker, identity, triplets } = await openLabels(options, context, photographs);
    const shards = plannedLabels(photographs.digest, options.seed, options.references);
    const plan = makePlan({
      kind: labelsKind.name,
      tool: TOOL,
      folder: 'labels',
      inputs,
      identity,
      notes: { triplets },
      shards,
    });
    return { plan, maker };
  },

  async open(plan, context) {
    const backend = oneOf('--backend', BACKEND_CHOICES, plan.identity['backend']);
    const options = { ...inputsFrom(plan.inputs, context), backend };
    const photographs = await readOn(options);
    const { maker, identity } = await openLabels(options, context, photographs, plan.identity);
    try {
      const advice = 'Use the photographs, the weights and the backend of the plan, or write the plan anew.';
      checkSameFields('distill', plan.identity, identity, advice);
      return maker;
    } catch (error) {
      await maker.dispose();
      throw error;
    }
  },

  async join(placed, read) {
    const { plan } = placed;
    const { cache: folder } = inputsFrom(plan.inputs, placed);
    const manifest = plan.notes['triplets'] as CacheManifest;
    return await asOnlyWriter(join(folder, '.writer'), { where: 'distill', what: folder }, async () => {
      const cache = await TripletCache.open(folder, manifest);
      for (const shard of plan.shards) await placeLabels(cache, shard, await read(shard));
      const triplets = plan.shards.reduce((sum, { size }) => sum + size, 0);
      return { triplets, teacher: String(manifest['teacher']) };
    });
  },
};

/**
 * Opens the teacher and the cache.
 *
 * @param planned compared with the photographs before anything is written
 */
async function openLabels(
  { teacher: net, cache: folder, seed, references, weights, backend }: LabelInputs,
  { terminal, quiet, offline, weights: weightsHere = weights, workers }: KindContext,
  photographs: PhotographFolder,
  planned?: JsonRecord,
) {
  if (planned !== undefined && planned['photographs'] !== photographs.digest) {
    const advice = 'Write the plan anew, or wait until this machine sees the same files.';
    throw invalid('distill', 'the photographs that the plan was made from', 'photos', 'others', advice);
  }
  const metric = {
    net,
    version: undefined,
    noLinear: false,
    weights: weightsHere,
    heads: undefined,
    network: undefined,
    backend,
    offline,
    quiet,
    json: false,
  };
  const { lpips: teacher } = await openMetric(metric, terminal);
  try {
    const triplets = await tripletsOf(photographs.digest, seed, references, teacher);
    await makeFolder(folder);
    const cache = await TripletCache.open(folder, triplets);
    const identity = {
      net: teacher.net,
      version: teacher.version,
      weights: digestOfWeights(teacher.weights),
      backend: getBackend(),
      photographs: photographs.digest,
      seed,
    };
    return { maker: new LabelMaker({ photographs, seed, teacher, cache, workers }), identity, triplets };
  } catch (error) {
    teacher.dispose();
    throw error;
  }
}

/** Photographs are decoded to tensors, for which a backend is selected first. */
async function readOn({ backend, photos }: LabelInputs): Promise<PhotographFolder> {
  await selectBackend(backend);
  return await readPhotographs(photos);
}

/** The inputs with the paths of this machine. */
function inputsFrom(inputs: JsonRecord, { base }: Pick<KindContext, 'base'>): LabelInputs {
  const options = inputs as unknown as LabelInputs;
  return {
    ...options,
    teacher: oneOf('--teacher', NET_NAMES, options.teacher),
    photos: pathFromPlan(options.photos, base),
    cache: pathFromPlan(options.cache, base),
    weights: pathFromPlan(options.weights, base),
  };
}
