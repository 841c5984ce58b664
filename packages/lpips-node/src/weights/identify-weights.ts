/**
 * @module
 * Whose weights a metric has, told by its tensors and not by the name of a file. Only the official tensors are called
 * "alex 0.1"; all others are "custom" with a digest of their own.
 */
import {
  checkOneOf,
  checkText,
  checkWeightMap,
  invalid,
  kindOf,
  type Lpips,
  NET_NAMES,
  type WeightMap,
} from 'lpips-core';
import {
  jointDigest,
  OFFICIAL_BACKBONES,
  OFFICIAL_HEADS,
  type TensorDigests,
  tensorDigest,
} from 'lpips-core/official-tensors';
import { isBackboneWeight } from 'lpips-core/weights-files';

/** Whose weights these are. */
export interface WeightsIdentity {
  /** Whether every tensor is the published one of the net and version. */
  readonly official: boolean;
  /** First 8 hex digits of the sha256 over the tensors' sha256 (32 bytes each), in the order of their names. */
  readonly digest: string;
}

/** What decides it of a metric. */
export type IdentifiedMetric = Pick<Lpips, 'net' | 'version' | 'linear' | 'weights'>;

const SHOWN_DIGITS = 8;
/** Weights are digested once. */
const digested = new WeakMap<WeightMap, Promise<TensorDigests>>();

/**
 * Tells official weights from others. The first call for some weights takes a twentieth of a second for VGG16, later ones
 * nothing.
 *
 * @param metric a loaded metric, also a disposed one
 */
export async function identifyWeights(metric: IdentifiedMetric): Promise<WeightsIdentity> {
  checkObject('identifyWeights', 'metric', metric);
  const { net, version, linear, weights } = metric;
  checkOneOf('identifyWeights', 'net', net, NET_NAMES);
  checkWeightMap('identifyWeights', weights);
  const digests = await digestsOf(weights);
  const used = Object.entries(digests).filter(([name]) => linear || isBackboneWeight(name));
  const known = { ...OFFICIAL_BACKBONES[net], ...(linear && OFFICIAL_HEADS[net][version]) };
  const official =
    used.length === Object.keys(known).length && used.every(([name, digest]) => known[name] === digest);
  return { official, digest: await shortDigest(Object.fromEntries(used)) };
}

/** The beginning of the sha256 over the tensors' own. */
async function shortDigest(digests: TensorDigests): Promise<string> {
  return (await jointDigest(digests)).slice(0, SHOWN_DIGITS);
}

/**
 * What a metric is called beside its net: the version of official weights, `0.1`, else `custom 1a2b3c4d`. A network of one's
 * own that was trained as version 0.0 is `custom 1a2b3c4d without scaling layer`.
 */
export function calibrationName(
  metric: { readonly net: string; readonly version: string },
  identity: WeightsIdentity,
): string {
  checkObject('calibrationName', 'metric', metric);
  checkObject('calibrationName', 'identity', identity);
  const { net, version } = metric;
  const { official, digest } = identity;
  checkText('calibrationName', 'version', version);
  if (official) return version;
  const lacksScaling = net !== 'lite' && version === '0.0';
  return `custom ${digest}${lacksScaling ? ' without scaling layer' : ''}`;
}

/**
 * Names weights by their tensors: `alex 0.1` for a whole official network, `alex backbone` or `alex 0.1 heads` for an official
 * part, and `custom 1a2b3c4d` for all others.
 */
export async function nameWeights(weights: WeightMap): Promise<string> {
  for (const net of NET_NAMES) {
    const backbone = OFFICIAL_BACKBONES[net];
    if (await areOfficial(weights, backbone)) return `${net} backbone`;
    for (const [version, heads] of Object.entries(OFFICIAL_HEADS[net])) {
      if (await areOfficial(weights, heads)) return `${net} ${version} heads`;
      if (await areOfficial(weights, { ...backbone, ...heads })) return `${net} ${version}`;
    }
  }
  return `custom ${await shortDigest(await digestsOf(weights))}`;
}

/** Whether tensors are all those of an official part: a backbone, or the heads of a version. */
export async function areOfficial(weights: WeightMap, known: TensorDigests): Promise<boolean> {
  const digests = Object.entries(await digestsOf(weights));
  return (
    digests.length === Object.keys(known).length && digests.every(([name, digest]) => known[name] === digest)
  );
}

/** sha256 of each tensor, in the order of their names. */
function digestsOf(weights: WeightMap): Promise<TensorDigests> {
  const known = digested.get(weights);
  if (known) return known;
  const sorted = [...weights].sort(([a], [b]) => (a < b ? -1 : 1));
  const digests = Promise.all(
    sorted.map(async ([name, weight]) => [name, await tensorDigest(weight)] as const),
  ).then((entries): TensorDigests => Object.fromEntries(entries));
  digested.set(weights, digests);
  return digests;
}

function checkObject(where: string, argument: string, value: unknown): void {
  if (typeof value === 'object' && value !== null) return;
  throw invalid(where, 'an object', argument, kindOf(value), 'loadLpips and identifyWeights give them.');
}
