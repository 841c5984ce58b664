/**
 * @module
 * The nets that are at hand: `lite`, which comes with the page, and the nets whose official weights were dropped onto it.
 * The names and shapes of its tensors say what a file holds. A file with an official name must have the official digest.
 */
import { digestOf, invalid, LpipsError, type NetName, type WeightMap, weightShapes } from 'lpips-core';
import { loadLite } from 'lpips-core/browser';
import {
  type HeadsVersion,
  OFFICIAL_FILES,
  type OfficialFile,
  type OfficialNet,
} from 'lpips-core/official-files';
import { BlobSource, isBackboneWeight, isHead, parseNetwork } from 'lpips-core/weights-files';
import { calibrationName, identifyWeights } from 'lpips-node/weights';

/** A net that can be chosen, and its name in words. */
export interface NetOffer {
  readonly net: NetName;
  readonly title: string;
}

/** The parts of a net that have been dropped so far. */
interface Parts {
  backbone?: WeightMap;
  heads?: WeightMap;
  version: HeadsVersion;
  /** `0.1`, or what weights are called that are not official; known of a complete net. */
  calibration?: string;
}

const TITLES: Readonly<Record<OfficialNet, string>> = {
  alex: 'AlexNet',
  squeeze: 'SqueezeNet',
  vgg: 'VGG16',
};
const NETS = ['alex', 'squeeze', 'vgg'] as const satisfies readonly OfficialNet[];
/** Larger than any file of heads, smaller than any backbone. */
const MOST_HEADS_BYTES = 100_000;

export class Weights {
  readonly #parts = new Map<OfficialNet, Parts>();

  /** The nets that are complete. */
  list(): NetOffer[] {
    const lite: NetOffer = { net: 'lite', title: 'lite (comes with this page)' };
    const official = NETS.filter((net) => isComplete(this.#parts.get(net))).map((net) => {
      return { net, title: `${TITLES[net]} (LPIPS ${this.#parts.get(net)?.calibration ?? ''})` };
    });
    return [lite, ...official];
  }

  /** Weights and version of a complete net; those of `lite` come with the page. */
  async of(net: NetName): Promise<{ weights: WeightMap; version: HeadsVersion }> {
    if (net === 'lite') {
      const lpips = await loadLite();
      lpips.dispose();
      return { weights: lpips.weights, version: '0.1' };
    }
    const { backbone, heads, version } = this.#parts.get(net) ?? { version: '0.1' as const };
    if (!backbone || !heads) throw new LpipsError(`The weights of ${TITLES[net]} are not at hand.`);
    return { weights: new Map([...backbone, ...heads]), version };
  }

  /**
   * Takes what a file holds.
   *
   * @returns the net that the file completes, if there is one, and a sentence about it
   * @throws LpipsError where it holds no part of a net, or is damaged
   */
  async add(file: File): Promise<{ net?: NetName; message: string }> {
    const official = await officialFileOf(file);
    const { weights } = await parseNetwork(new BlobSource(file.name, file));
    const [backbone, heads] = [isBackboneWeight, isHead].map(
      (isWanted) => new Map([...weights].filter(([name]) => isWanted(name))),
    );
    const net = NETS.find((each) => fits(backbone, each, isBackboneWeight) || fits(heads, each, isHead));
    if (!net) {
      const requirement = 'the convolutions or heads of AlexNet, SqueezeNet or VGG16';
      const advice = 'A backbone is torchvision’s file, heads are v0.1/alex.pth and the like.';
      throw invalid('weights', requirement, file.name, 'other tensors', advice);
    }
    const parts: Parts = this.#parts.get(net) ?? { version: '0.1' };
    if (fits(backbone, net, isBackboneWeight)) Object.assign(parts, { backbone });
    if (fits(heads, net, isHead)) Object.assign(parts, { heads, version: official?.version ?? '0.1' });
    this.#parts.set(net, parts);
    if (parts.backbone && parts.heads) {
      const weights = new Map([...parts.backbone, ...parts.heads]);
      const metric = { net, version: parts.version, linear: true, weights };
      parts.calibration = calibrationName(metric, await identifyWeights(metric));
      return { net, message: `${TITLES[net]} is ready.` };
    }
    const [has, lacks] = parts.backbone
      ? ['convolutions', `heads (v0.1/${net}.pth)`]
      : ['heads', `convolutions (${backboneFile(net)})`];
    return { message: `The ${has} of ${TITLES[net]} are here. Add its ${lacks} too.` };
  }
}

/** The official file that this is: a small file is known by its digest, a large one by its name. */
async function officialFileOf(file: File): Promise<OfficialFile | undefined> {
  const digest = async () => digestOf(new Uint8Array(await file.arrayBuffer()));
  if (file.size <= MOST_HEADS_BYTES) {
    const own = await digest();
    return OFFICIAL_FILES.find(({ part, sha256 }) => part === 'heads' && own.startsWith(sha256));
  }
  const named = OFFICIAL_FILES.find(({ part, path }) => part === 'backbone' && path === file.name);
  if (!named) return undefined;
  const own = await digest();
  if (own.startsWith(named.sha256)) return named;
  const advice = 'The file is damaged, or it is another file. Copy the official file again.';
  throw invalid('weights', `sha256 ${named.sha256}`, file.name, own.slice(0, named.sha256.length), advice);
}

/** Whether weights are all those of a part of a net, in their shapes. */
function fits(weights: WeightMap | undefined, net: NetName, isOfPart: (name: string) => boolean): boolean {
  return [...weightShapes(net)]
    .filter(([name]) => isOfPart(name))
    .every(([name, shape]) => weights?.get(name)?.shape.join() === shape.join());
}

function isComplete(parts: Parts | undefined): boolean {
  return parts?.backbone !== undefined && parts.heads !== undefined;
}

function backboneFile(net: OfficialNet): string {
  return OFFICIAL_FILES.find((file) => file.net === net && file.part === 'backbone')?.path ?? net;
}
