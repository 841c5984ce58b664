/**
 * @module
 * Retrains the heads of a net for a domain of its own, from photographs to a report: pictures are spoiled, botanists
 * judge them, the backbone sees each picture once, and the heads are trained on what it saw.
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
import type { Lpips, NetName } from 'lpips-core';
import { loadLpips, selectBackend } from 'lpips-node';
import { judgeAsBotanists } from './botanists.js';
import { LICENCE, PLATES, writePlates } from './plates.js';

/** How much of everything; `QUICK` is for tests. */
export interface DomainSize {
  /** triplets to learn from, and held out */
  readonly train: number;
  readonly val: number;
  readonly recipe: Recipe;
}

/** Few triplets need a larger learning rate than BAPPS, whose 151,400 make thirty thousand steps. */
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

/** What to do, and who is told of it. */
export interface DomainOptions {
  readonly net: NetName;
  readonly size: DomainSize;
  readonly seed: number;
  /** folder of the run, made if it is missing: heads, curves */
  readonly run: string;
  /** told before each part of the work, and as it goes on */
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

/** The whole experiment, on WASM. Pictures go to a temporary folder, which is removed. */
export async function runNewDomain({ net, ...options }: DomainOptions): Promise<DomainResult> {
  await selectBackend('wasm');
  const lpips = await loadLpips({ net });
  const folder = await mkdtemp(join(tmpdir(), 'lpips-new-domain-'));
  const trunks: Trunk[] = [{ lpips, contenders: [] }];
  try {
    return await retrain(lpips, trunks, folder, options);
  } finally {
    disposeTrunks(trunks);
    await rm(folder, { recursive: true });
  }
}

async function retrain(
  lpips: Lpips,
  trunks: Trunk[],
  folder: string,
  { size, seed, run, onProgress }: Omit<DomainOptions, 'net'>,
): Promise<DomainResult> {
  const { net } = lpips;
  const [photographs, data, vectors] = ['photographs', 'data', 'vectors'].map((name) => join(folder, name));
  if (!photographs || !data || !vectors) throw new Error('retrain: no folders');
  const telling = (part: string) => (done: number, total: number) => onProgress(part, done, total);

  await writePlates(photographs);
  const { train, val, recipe } = size;
  await synthesize(photographs, data, lpips, {
    families: ['traditional'],
    train,
    val,
    jnd: 0,
    seed,
    onProgress: telling('spoiling pictures'),
  });
  await judgeAsBotanists(data, seed, (done) => onProgress('asking botanists', done, train + val));
  await extract(lpips, data, vectors, {
    onProgress: ({ images, kept, total }) => onProgress('extracting features', images + kept, total),
  });
  const started = performance.now();
  await rm(run, { recursive: true, force: true }); // else an earlier run of another size would be gone on with
  const { log } = await trainHeads(vectors, run, {
    seed,
    recipe,
    initial: new Map([...lpips.weights].filter(([name]) => name.startsWith('lin'))),
    initialName: `${net} heads`,
    onStep: telling('training heads'),
  });
  const seconds = (performance.now() - started) / 1000;

  await addWeightsFiles(trunks, [{ path: join(run, HEADS_FILES.safetensors), name: 'retrained' }]);
  const contenders = trunks[0]?.contenders ?? [];
  const [trained] = contenders;
  if (!trained) throw new Error('retrain: no heads');
  const others = [
    { ...contenderOf(lpips), name: `${net} heads` },
    { ...withoutHeads(lpips), name: 'without heads' },
  ];
  contenders.push(...others);
  const found = await findItems({ data, extraction: vectors, split: 'val' });
  const measured = await measure(found, trunks, { onProgress: telling('measuring') });
  const page = await composeReport({
    title: 'A metric for botanists',
    facts: [['Photographs', `${PLATES.map(({ title }) => title).join('; ')}. ${LICENCE}`]],
    note:
      'Wherever this page says people, they are simulated botanists, who look at shapes alone: brightness, contrast, ' +
      'colour and grain of a print are nothing to them. No person was asked.',
    log,
    measured,
    triplets: found.triplets,
    trained,
    others,
    tool: 'the example new-domain',
  });
  return { before: meanScore(log.before), after: meanScore(log.epochs.at(-1)?.heldOut ?? {}), page, seconds };
}
