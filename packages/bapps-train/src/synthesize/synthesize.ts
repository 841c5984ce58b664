/**
 * @module
 * Makes a data set in the layout of BAPPS from a folder of photographs: patches, distorted copies, and judgements of
 * simulated observers. Each picture depends only on the seed, the photographs and its own number.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { at, checkOptions, checkText, invalid, type Lpips } from 'lpips-core';
import { identifyWeights, type WeightsIdentity } from 'lpips-node';
import type { Raster } from 'lpips-pictures';
import { seededRandom, seedOf } from 'lpips-pictures';
import { checkMetric } from '../check-arguments.js';
import { checkEmpty, growFolder } from '../data-set/grow-folder.js';
import { cutPatch, LARGEST_SIDE, PATCH_SIDE, readPhotograph } from './cut-patch.js';
import {
  type Distorter,
  distortByAutoencoders,
  distortTraditionally,
  FAMILY_NAMES,
  type FamilyName,
} from './distorters.js';
import { foldersOf, type ItemSet, type Write } from './items.js';
import { cutReferences, judgePairs, makePairs, makeTriplets } from './make-items.js';
import { VOTES } from './observers.js';
import {
  findPhotographs,
  MADE_SPLITS,
  type MadeSplit,
  type Photograph,
  type Photographs,
} from './split-photographs.js';
import { MANIFEST_NAME, MODEL, type SynthesisManifest, WHAT } from './synthesis-manifest.js';

/** Options of a data set. */
export interface SynthesizeOptions {
  /** Default both. */
  readonly families?: readonly FamilyName[];
  /** Triplets to learn from, of each family. Default 1000. */
  readonly train?: number;
  /** Held-out triplets of each family. Default 200. */
  readonly val?: number;
  /** Held-out pairs of each family. Default 200. */
  readonly jnd?: number;
  /** Autoencoders of a split, for "cnn". Default 24. */
  readonly networks?: number;
  /** Side of the patches, in pixels, from 64 up. Default 64, as in BAPPS. */
  readonly side?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Noise of the observers (observers.ts). Default 0.4. */
  readonly noise?: number;
  /** Distance that half of the observers notice. Default: the median of the pairs. */
  readonly threshold?: number;
  /** Share of the photographs that val is made from. Default 0.2. */
  readonly heldOut?: number;
  /** Name of the heads in the manifest, if they are not the net's own. */
  readonly heads?: string;
  /** Name and version of the program, for the manifest. Default `'bapps-train'`. */
  readonly tool?: string;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** Writes a file. Default: `writeFile` of Node. */
  readonly write?: Write;
}

const SYNTHESIZE_OPTIONS = [
  'families',
  'train',
  'val',
  'jnd',
  'networks',
  'side',
  'seed',
  'noise',
  'threshold',
  'heldOut',
  'heads',
  'tool',
  'onProgress',
  'signal',
  'write',
] as const satisfies (keyof SynthesizeOptions)[];

/** Options with their defaults; an option without default may be undefined. */
type Settings = Required<Omit<SynthesizeOptions, 'threshold' | 'heads' | 'signal' | 'heldOut'>> & {
  readonly threshold: number | undefined;
  readonly heads: string | undefined;
  readonly signal: AbortSignal;
};

/** Pictures in a pass of the teacher. The number is fixed, so that no last digit depends on the machine. */
const BATCH = 32;
/** Digits of a threshold that is computed from distances: those on which all backends agree. */
const THRESHOLD_DIGITS = 3;
/** Patches that autoencoders are fitted to. */
const FITTED_PATCHES = 60;

/**
 * Makes a data set. It is filled in the hidden folder `.OUT.part`, which is renamed when it is complete. A new run
 * deletes what an interrupted one left.
 *
 * @param photographs folder of images, or of folders `train` and `val` of images
 * @param out folder to make; it may exist if it is empty
 * @param teacher metric whose distances the observers see; not disposed
 * @returns the manifest, which is also written next to the data
 * @throws LpipsError if photographs are missing, unreadable or too small, `out` is not empty, or the disk is full
 */
export async function synthesize(
  photographs: string,
  out: string,
  teacher: Lpips,
  options: SynthesizeOptions = {},
): Promise<SynthesisManifest> {
  checkText('synthesize', 'photographs', photographs);
  checkText('synthesize', 'out', out);
  checkMetric('synthesize', 'teacher', teacher);
  checkOptions('synthesize', options, SYNTHESIZE_OPTIONS);
  const { seed = 1, heldOut = 0.2, side = PATCH_SIDE, signal } = options;
  if (!Number.isInteger(side) || side < PATCH_SIDE || side > LARGEST_SIDE) {
    throw invalid('synthesize', `a whole number from ${PATCH_SIDE} to ${LARGEST_SIDE}`, 'side', String(side));
  }
  await checkEmpty(out, 'synthesize');
  const found = await findPhotographs(photographs, seed, heldOut, side);
  return await growFolder(
    out,
    (part, partSignal) => fill(part, found, teacher, settingsOf(options, partSignal)),
    { where: 'synthesize', ...(signal && { signal }) },
  );
}

function settingsOf(options: SynthesizeOptions, signal: AbortSignal): Settings {
  const { families = FAMILY_NAMES, train = 1000, val = 200, jnd = 200, networks = 24, seed = 1 } = options;
  const {
    side = PATCH_SIDE,
    noise = 0.4,
    threshold,
    heads,
    tool = 'bapps-train',
    onProgress = () => undefined,
  } = options;
  const { write = (path: string, bytes: Uint8Array) => writeFile(path, bytes) } = options;
  return {
    families,
    train,
    val,
    jnd,
    networks,
    side,
    seed,
    noise,
    threshold,
    heads,
    tool,
    onProgress,
    write,
    signal,
  };
}

async function fill(
  root: string,
  found: Photographs,
  teacher: Lpips,
  settings: Settings,
): Promise<SynthesisManifest> {
  const { families, train, val, jnd, signal, write, onProgress } = settings;
  const sets = families
    .flatMap((family): ItemSet[] => [
      { task: '2afc', split: 'train', family, count: train },
      { task: '2afc', split: 'val', family, count: val },
      { task: 'jnd', split: 'val', family, count: jnd },
    ])
    .filter(({ count }) => count > 0);
  for (const set of sets) for (const folder of foldersOf(root, set)) await mkdir(folder, { recursive: true });
  for (const split of MADE_SPLITS) {
    await cutReferences(
      root,
      found[split],
      sets.filter((set) => set.split === split),
      settings,
    );
  }
  const distorters = await makeDistorters(found, settings);
  const total = sets.reduce((sum, { count }) => sum + count, 0);
  const pairs: { set: ItemSet; distances: readonly number[] }[] = [];
  let done = 0;
  for (const set of sets) {
    const distances: number[] = [];
    for (let start = 0; start < set.count; start += BATCH) {
      signal.throwIfAborted();
      const numbers = Array.from({ length: Math.min(BATCH, set.count - start) }, (_, index) => start + index);
      const made = { root, set, numbers, distorter: distorters(set.family, set.split), teacher, settings };
      if (set.task === '2afc') await makeTriplets(made);
      else distances.push(...(await makePairs(made)));
      done += numbers.length;
      onProgress(done, total);
    }
    if (set.task === 'jnd') pairs.push({ set, distances });
  }
  const distances = pairs.flatMap((one) => one.distances);
  const median = distances.length === 0 ? 0 : Number(medianOf(distances).toPrecision(THRESHOLD_DIGITS));
  const threshold = settings.threshold ?? median;
  for (const { set, distances } of pairs) await judgePairs(root, set, distances, threshold, settings);
  const manifest = manifestOf(found, teacher, await identifyWeights(teacher), threshold, settings);
  await write(join(root, MANIFEST_NAME), Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  return manifest;
}

/** The autoencoders of val differ from those of train. Both are fitted to photographs of train. */
async function makeDistorters(
  { train }: Photographs,
  { families, networks, seed }: Settings,
): Promise<(family: FamilyName, split: MadeSplit) => Distorter> {
  if (!families.includes('cnn')) return () => distortTraditionally;
  const patches: Raster[] = [];
  for (let number = 0; number < FITTED_PATCHES; number++) {
    const photograph = await readPhotograph(at(train, number % train.length).path);
    patches.push(cutPatch(photograph, seededRandom(seedOf(seed, 'fitted', number))));
  }
  const [byTrain, byVal] = [
    await distortByAutoencoders(seedOf(seed, 'networks', 'train'), networks, patches),
    await distortByAutoencoders(seedOf(seed, 'networks', 'val'), networks, patches),
  ];
  return (family, split) =>
    (family === 'traditional' ? undefined : split === 'train' ? byTrain : byVal) ?? distortTraditionally;
}

function manifestOf(
  found: Photographs,
  { net, version, linear }: Lpips,
  weights: WeightsIdentity,
  threshold: number,
  { tool, seed, side, families, train, val, jnd, networks, noise, heads }: Settings,
): SynthesisManifest {
  const listed = (photographs: readonly Photograph[]) =>
    photographs
      .map(({ path, sha256 }) => ({ name: basename(path), sha256 }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    what: WHAT,
    tool,
    seed,
    families,
    counts: { train, val, jnd },
    ...(side !== PATCH_SIDE && { side }),
    networks: families.includes('cnn') ? networks : 0,
    teacher: { net, version, linear, weights, ...(heads !== undefined && { heads }) },
    observers: { model: MODEL, noise, ...(jnd > 0 && { threshold }), votes: VOTES },
    photographs: { train: listed(found.train), val: listed(found.val) },
  };
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (at(sorted, Math.floor(middle)) + at(sorted, Math.ceil(middle))) / 2;
}
