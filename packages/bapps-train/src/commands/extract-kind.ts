/**
 * @module
 * `bapps extract` as shards: so many triplets or pairs become their pooled vectors. The shards are the files of the extraction
 * themselves, so that nothing is left to join but to see that the manifest is theirs.
 */
import { getBackend } from '@tensorflow/tfjs-core';
import { type Lpips, NET_NAMES, type NetName } from 'lpips-core';
import { BACKEND_CHOICES, type BackendChoice, loadLpips, selectBackend } from 'lpips-node';
import { oneOf, startProgress } from 'lpips-node/command-line';
import { makeFolder } from 'lpips-node/files';
import { tellLeftOut } from 'lpips-node/metric-options';
import {
  checkSameFields,
  type JsonRecord,
  type KindContext,
  pathFromPlan,
  type ShardKind,
  type ShardMaker,
} from 'lpips-node/shards';
import {
  claimFolder,
  EXTRACT,
  type ExtractionManifest,
  planOf,
  readExtractionManifest,
} from '../extraction/extraction-manifest.js';
import {
  describeExtraction,
  digestOfBackbone,
  ExtractionMaker,
  type ExtractionSource,
} from '../extraction/extraction-shards.js';
import { listItems, listSplits } from '../extraction/list-items.js';
import { TOOL } from '../tool.js';
import { withClampedTrunk, writeTrunk } from '../training/clamped-trunk.js';
import type { Clamped } from '../training/recipe.js';
import { ScalingNote } from './tell-scaling.js';

/** What decides an extraction. */
export interface ExtractInputs {
  readonly data: string;
  readonly out: string;
  readonly net: NetName | undefined;
  readonly version: '0.1' | '0.0' | undefined;
  readonly weights: string | undefined;
  readonly network: string | undefined;
  readonly backend: BackendChoice;
  readonly only: readonly string[] | undefined;
  readonly size: number;
  /** `trunk` clamps the trunk first. */
  readonly clamp?: Clamped | undefined;
}

/** Items of a data set, by distortion. */
export const extractKind: ShardKind<ExtractionManifest> = {
  name: EXTRACT,
  tool: TOOL,
  unit: 'images',

  async prepare(inputs, context) {
    const options = inputsFrom(inputs, context);
    const { data, out, only, size } = options;
    await listSplits(data, only && { only }); // before any weights are fetched
    const lpips = await openNetwork(options, context);
    try {
      const groups = await listItems(data, only);
      const manifest = await describeExtraction(lpips, data, groups, { size });
      await makeFolder(out);
      await claimFolder(out, manifest);
      if (options.clamp === 'trunk') await writeTrunk(out, lpips);
      const plan = { ...planOf(manifest), inputs };
      return { plan, maker: makerOf({ lpips, groups, size, verify: false }, context) };
    } catch (error) {
      lpips.dispose();
      throw error;
    }
  },

  async open(plan, context) {
    const planned = inputsFrom(plan.inputs, context);
    const { net, version, backend } = plan.identity;
    const options: ExtractInputs = {
      ...planned,
      net: oneOf('--net', NET_NAMES, net), // what was chosen when the plan was written is not chosen again
      version: version === '0.0' ? '0.0' : undefined,
      backend: oneOf('--backend', BACKEND_CHOICES, backend),
    };
    const lpips = await openNetwork(options, context);
    try {
      const here = { net: lpips.net, version: lpips.version, weights: digestOfBackbone(lpips) };
      const advice = 'Use the weights and the backend of the plan, or write the plan anew.';
      const identity = { ...plan.identity, ...here, backend: getBackend() };
      checkSameFields('extract', plan.identity, identity, advice);
      const { data, only, size } = options;
      return makerOf({ lpips, groups: await listItems(data, only), size, verify: true }, context);
    } catch (error) {
      lpips.dispose();
      throw error;
    }
  },

  async join({ plan, base }) {
    const manifest = await readExtractionManifest(inputsFrom(plan.inputs, { base }).out);
    const advice = 'Write the plan anew: another run has written there since.';
    const planned = planOf(manifest);
    const shards = (some: typeof plan.shards) => ({ shards: some.map(({ contents }) => contents) });
    checkSameFields('extract', plan.identity, planned.identity, advice);
    checkSameFields('extract', shards(plan.shards), shards(planned.shards), advice);
    return manifest;
  },
};

/** The inputs with the paths of this machine. */
function inputsFrom(inputs: JsonRecord, { base }: Pick<KindContext, 'base'>): ExtractInputs {
  const options = inputs as unknown as ExtractInputs;
  return {
    ...options,
    data: pathFromPlan(options.data, base),
    out: pathFromPlan(options.out, base),
    net: options.net ?? undefined,
    version: options.version ?? undefined,
    weights: pathFromPlan(options.weights, base),
    network: pathFromPlan(options.network, base),
    only: options.only ?? undefined,
    clamp: options.clamp ?? undefined,
  };
}

/**
 * Selects the backend and loads the network. A bar shows its download.
 *
 * @returns the metric without heads, which the caller disposes
 */
export async function openNetwork(
  { net, version, network, backend, clamp, weights: plannedWeights }: ExtractInputs,
  { terminal, quiet, offline, weights = plannedWeights }: Omit<KindContext, 'base'>,
): Promise<Lpips> {
  await selectBackend(backend);
  const loading = startProgress(terminal, 'weights', 0, { unit: 'bytes', quiet });
  const lpips = await loadLpips({
    ...(net !== undefined && { net }),
    ...(weights !== undefined && { weightsDir: weights }),
    ...(network !== undefined && { networkFile: network, onLeftOut: tellLeftOut(terminal, quiet) }),
    ...(net !== 'lite' && version !== undefined && { version }),
    linear: false, // heads come later
    onWarning: null, // patches are decoded to [-1, 1], and a white one has no value below 0
    offline,
    onProgress: ({ receivedBytes, totalBytes }) => loading.update(receivedBytes, totalBytes),
  }).finally(() => loading.stop());
  await terminal.letSignalsKill();
  return clamp === 'trunk' ? withClampedTrunk(lpips) : lpips;
}

/** A maker that takes its network with it, and tells once of images that were scaled. */
function makerOf(
  source: ExtractionSource,
  { terminal, quiet }: Pick<KindContext, 'terminal' | 'quiet'>,
): ShardMaker {
  const scaling = new ScalingNote();
  const maker = new ExtractionMaker({ ...source, onScaled: scaling.onScaled });
  const tell = () => scaling.tell(terminal, source.size, quiet);
  return {
    async *make(shards, onDone) {
      yield* maker.make(shards, onDone);
      if (terminal.bars === undefined) tell(); // a process that serves a queue may be ended without being disposed
    },
    dispose: async () => {
      await maker.dispose();
      source.lpips.dispose();
      tell();
    },
  };
}
