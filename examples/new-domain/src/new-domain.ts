/**
 * @module
 * Retrains the heads of a net for a new domain, from photographs to a report: pictures are distorted, botanists judge
 * them, the backbone extracts the features of each picture once, and the heads are trained on these features.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addWeightsFiles,
  composeReport,
  contenderOf,
  disposeTrunks,
  extract,
  findItems,
  HEADS_FILES,
  meanScore,
  measure,
  type Recipe,
  synthesize,
  type Trunk,
  trainHeads,
  withoutHeads,
} from 'bapps-train';
import { captionOf } from 'example-harness/photographs';
import { at, type Lpips, type NetName } from 'lpips-core';
import { loadLpips, selectBackend } from 'lpips-node';
import { judgeAsBotanists } from './botanists.js';
import { PLATES, writePlates } from './plates.js';

/** How much of everything; `QUICK` is for tests. */
export interface DomainSize {
  /** triplets to learn from, and held out */
  readonly train: number;
  readonly val: number;
  readonly recipe: Recipe;
}

/** The learning rate is larger than for BAPPS, whose 151,400 triplets make thirty thousand steps. */
export const FULL: DomainSize = {
  train: 800,
  val: 300,
  recipe: { learningRate: 0.01, batch: 50, epochs: 20, decayEpochs: 20 },
};

export const QUICK: DomainSize = {
  train: 160,
  val: 60,
  recipe: { learningRate: 0.01, batch: 40, epochs: 10, decayEpochs: 10 },
};

/** What to do, and what is told of its progress. */
export interface DomainOptions {
  /** data set that people judged; without it, botanists judge pictures that are made here */
  readonly judged?: string;
  readonly net: NetName;
  /** folder of official weights, where they are not to be fetched */
  readonly weights?: string;
  readonly size: DomainSize;
  readonly seed: number;
  /** folder of the run, made if it is missing: heads, curves */
  readonly run: string;
  /** called with how much of each part of the work is done */
  readonly onProgress: (part: string, done: number, total: number) => void;
}

/** Held-out 2AFC, and the page that shows it. */
export interface DomainResult {
  readonly before: number;
  readonly after: number;
  readonly page: string;
  /** seconds that the training took, on the extracted vectors */
  readonly seconds: number;
}

const BOTANISTS =
  'The observers of this page are simulated botanists, who look at shapes alone and ignore brightness, contrast, ' +
  'colour and grain of a print. No person was asked.';

/** The whole experiment, on WASM. Pictures go to a temporary folder, which is removed. */
export async function runNewDomain({ net, weights, ...options }: DomainOptions): Promise<DomainResult> {
  await selectBackend('wasm');
  const lpips = await loadLpips({ net, ...(weights !== undefined && { weightsDir: weights }) });
  const folder = await mkdtemp(join(tmpdir(), 'lpips-new-domain-'));
  const trunks: Trunk[] = [{ lpips, contenders: [] }];
  try {
    return await retrain(lpips, trunks, folder, options);
  } finally {
    disposeTrunks(trunks);
    await rm(folder, { recursive: true });
  }
}

/**
 * Makes the triplets that people are to be asked about, in the layout of BAPPS.
 *
 * @param out a new or empty folder
 */
export async function makeTriplets(
  out: string,
  { net, weights, ...options }: Pick<DomainOptions, 'net' | 'weights' | 'size' | 'seed' | 'onProgress'>,
): Promise<void> {
  await selectBackend('wasm');
  const lpips = await loadLpips({ net, ...(weights !== undefined && { weightsDir: weights }) });
  const folder = await mkdtemp(join(tmpdir(), 'lpips-new-domain-'));
  try {
    await distortPlates(lpips, folder, out, options);
  } finally {
    lpips.dispose();
    await rm(folder, { recursive: true });
  }
}

async function distortPlates(
  lpips: Lpips,
  folder: string,
  data: string,
  { size: { train, val }, seed, onProgress }: Pick<DomainOptions, 'size' | 'seed' | 'onProgress'>,
): Promise<void> {
  const photographs = join(folder, 'photographs');
  await writePlates(photographs);
  await synthesize(photographs, data, lpips, {
    families: ['traditional'],
    train,
    val,
    jnd: 0,
    seed,
    onProgress: (done, total) => onProgress('distorting pictures', done, total),
  });
}

async function retrain(
  lpips: Lpips,
  trunks: Trunk[],
  folder: string,
  { judged, size, seed, run, onProgress }: Omit<DomainOptions, 'net' | 'weights'>,
): Promise<DomainResult> {
  const { net } = lpips;
  const { train, val, recipe } = size;
  const data = judged ?? join(folder, 'data');
  const vectors = join(folder, 'vectors');
  const telling = (part: string) => (done: number, total: number) => onProgress(part, done, total);

  if (judged === undefined) {
    await distortPlates(lpips, folder, data, { size, seed, onProgress });
    await judgeAsBotanists(data, seed, (done) => onProgress('asking botanists', done, train + val));
  }
  await extract(lpips, data, vectors, {
    onProgress: ({ images, kept, total }) => onProgress('extracting features', images + kept, total),
  });
  const started = performance.now();
  await rm(run, { recursive: true, force: true }); // trainHeads would go on from an earlier run
  const { log } = await trainHeads(vectors, run, {
    seed,
    recipe,
    initial: new Map([...lpips.weights].filter(([name]) => name.startsWith('lin'))),
    initialName: `${net} heads`,
    onStep: telling('training heads'),
  });
  const seconds = (performance.now() - started) / 1000;

  await addWeightsFiles(trunks, [{ path: join(run, HEADS_FILES.safetensors), name: 'retrained' }]);
  const { contenders } = at(trunks, 0);
  const trained = at(contenders, 0);
  const others = [
    { ...contenderOf(lpips), name: `${net} heads` },
    { ...withoutHeads(lpips), name: 'without heads' },
  ];
  contenders.push(...others);
  const found = await findItems({ data, extraction: vectors, split: 'val' });
  const measured = await measure(found, trunks, { onProgress: telling('measuring') });
  const page = await composeReport({
    title: 'A metric for botanists',
    facts: PLATES.map(
      (plate) => ['Photograph', `${captionOf(plate)}, ${plate.source}. ${plate.licence}`] as const,
    ),
    simulated: found.simulated,
    ...(judged === undefined && { note: BOTANISTS }),
    log,
    measured,
    triplets: found.triplets,
    trained,
    others,
    tool: 'the example new-domain',
  });
  return { before: meanScore(log.before), after: meanScore(log.epochs.at(-1)?.heldOut ?? {}), page, seconds };
}
