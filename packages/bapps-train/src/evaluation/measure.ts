/**
 * @module
 * Distances of all contenders and baselines over a split: from images, from extracted vectors, or metrics from vectors
 * and baselines from images.
 */
import { at, cannot, checkOneOf, checkOptions, checkText, invalid, type NetName } from 'lpips-core';
import { checkRecord } from '../check-arguments.js';
import {
  groupName,
  type Pair,
  SPLITS,
  type Split,
  splitFolder,
  type Task,
  type Triplet,
} from '../data-set/layout.js';
import {
  type DistortionFolder,
  listDistortions,
  scanPairs,
  scanTriplets,
} from '../data-set/scan-data-set.js';
import { contentsOf } from '../extraction/digest-items.js';
import { type ExtractionManifest, readExtractionManifest } from '../extraction/extraction-manifest.js';
import type { JudgedDistortion, NoticedDistortion } from '../scores/score-table.js';
import { isSynthetic } from '../synthesize/synthesis-manifest.js';
import { checkTrunks, contenderNames, type Trunk } from './contenders.js';
import { type MeasureOptions, measurePairs, measureTriplets } from './measure-data-set.js';
import { checkExtraction, measureExtractedPairs, measureExtractedTriplets } from './measure-extraction.js';

/** What is measured. At least one of `data` and `extraction` is given. */
export interface Measurable {
  /** Folder that holds 2afc and jnd. */
  readonly data?: string;
  /** Folder of an extraction of the data: then the metrics take no images. */
  readonly extraction?: string;
  readonly split: Split;
  /** Distortions by name. Default: all. */
  readonly distortions?: readonly string[];
}

/** All distances that were measured. */
export interface Measurements {
  readonly judged: readonly JudgedDistortion[];
  readonly noticed: readonly NoticedDistortion[];
}

/** The items to measure, which are found before any weights are loaded. */
export interface FoundItems {
  readonly triplets: readonly DistortionFolder<Triplet>[];
  readonly pairs: readonly DistortionFolder<Pair>[];
  readonly data: string | undefined;
  readonly extraction: ExtractedItems | undefined;
  readonly split: Split;
  /** Whether the judgements are those of simulated observers. */
  readonly simulated: boolean;
}

interface ExtractedItems {
  readonly folder: string;
  readonly net: NetName;
  readonly manifest: ExtractionManifest;
  /** Distortions of each task. */
  readonly known: Readonly<Record<Task, readonly string[]>>;
}

/**
 * Finds the items of a split in a data set, in an extraction or in both.
 *
 * @throws LpipsError if there are none, a file does not fit the layout, or the vectors were made from other images or with
 *   other judgements
 */
export async function findItems(measurable: Measurable): Promise<FoundItems> {
  checkOptions('findItems', measurable, ['data', 'extraction', 'split', 'distortions']);
  const { data, extraction, split, distortions } = measurable;
  checkOneOf('findItems', 'split', split, SPLITS);
  for (const [name, folder] of Object.entries({ data, extraction })) {
    if (folder !== undefined) checkText('findItems', name, folder);
  }
  const isWanted = (name: string) => distortions?.includes(name) ?? true;
  const extracted = extraction === undefined ? undefined : await findExtracted(extraction, split, isWanted);
  if (data === undefined) {
    const simulated = extracted?.manifest.simulated ?? false;
    return { triplets: [], pairs: [], data, extraction: extracted, split, simulated };
  }
  const known = async (task: Task) => (await listDistortions(data, task, split)).filter(isWanted);
  const [ofTriplets, ofPairs] = [await known('2afc'), await known('jnd')];
  const isNothing = ofTriplets.length === 0 && ofPairs.length === 0;
  const asked = isNothing ? distortions : ofTriplets; // if there is nothing, the scan says what is missing
  const options = asked === undefined ? {} : { distortions: asked };
  const triplets = isNothing || ofTriplets.length > 0 ? await scanTriplets(data, split, options) : [];
  const pairs = ofPairs.length > 0 ? await scanPairs(data, split, { distortions: ofPairs }) : [];
  const found = { '2afc': triplets, jnd: pairs };
  if (extracted) await checkVectors(extracted, data, split, found);
  const simulated = await isSynthetic(data);
  return { triplets, pairs, data, extraction: extracted, split, simulated };
}

/**
 * Measures what was found.
 *
 * @param trunks not disposed; with an extraction there is one, whose backbone made it
 * @param options `onProgress` is called with the number of triplets and pairs that have been measured, and of all
 * @throws LpipsError naming a file that is missing, damaged, or of another net
 */
export async function measure(
  found: FoundItems,
  trunks: readonly Trunk[],
  options: Omit<MeasureOptions, 'onProgress'> & {
    readonly onProgress?: (done: number, total: number) => void;
  } = {},
): Promise<Measurements> {
  checkRecord('measure', 'found', found, ['triplets', 'pairs', 'split']);
  checkTrunks('measure', trunks);
  const { triplets, pairs, data, extraction, split } = found;
  const extracted = extraction && (await measureExtraction(extraction, split, trunks));
  if (data === undefined || (extracted && options.baselines === false)) {
    return { judged: [], noticed: [], ...extracted };
  }
  const needed = extracted ? [] : trunks;
  const [ofTriplets, ofPairs] = [countItems(triplets), countItems(pairs)];
  const onProgress = (before: number) => (done: number) =>
    options.onProgress?.(before + done, ofTriplets + ofPairs);
  const judged = await measureTriplets(triplets, needed, { ...options, onProgress: onProgress(0) });
  const noticed = await measurePairs(pairs, needed, { ...options, onProgress: onProgress(ofTriplets) });
  if (!extracted) return { judged, noticed };
  return {
    judged: beside(extracted.judged, judged),
    noticed: beside(extracted.noticed, noticed),
  };
}

function countItems(folders: readonly DistortionFolder<unknown>[]): number {
  return folders.reduce((sum, { items }) => sum + items.length, 0);
}

async function findExtracted(
  folder: string,
  split: Split,
  isWanted: (name: string) => boolean,
): Promise<ExtractedItems> {
  const manifest = await readExtractionManifest(folder);
  const { groups, net } = manifest;
  const known = (task: Task) =>
    groups
      .filter((group) => group.task === task && group.split === split)
      .map(({ distortion }) => distortion)
      .filter(isWanted);
  const found = { '2afc': known('2afc'), jnd: known('jnd') };
  if (found['2afc'].length + found.jnd.length > 0) return { folder, net, manifest, known: found };
  const what = `vectors of the distortions asked for in ${split}`;
  throw invalid('evaluate', what, folder, 'none', 'Extract a data set that has them.');
}

async function measureExtraction(
  { folder, known }: ExtractedItems,
  split: Split,
  trunks: readonly Trunk[],
): Promise<Measurements> {
  const trunk = at(trunks, 0);
  const [other] = trunks.slice(1);
  if (other) {
    const name = contenderNames([other]).join(', ');
    const why = `it is a whole network, and ${folder} holds vectors for heads`;
    throw cannot('evaluate', `measure ${name} from vectors`, why, 'Evaluate it on images.');
  }
  await checkExtraction(folder, trunk.lpips);
  const of = (task: Task) => ({ split, distortions: known[task] });
  return {
    judged:
      known['2afc'].length === 0 ? [] : await measureExtractedTriplets(folder, of('2afc'), trunk.contenders),
    noticed: known.jnd.length === 0 ? [] : await measureExtractedPairs(folder, of('jnd'), trunk.contenders),
  };
}

interface Named<Distances> {
  readonly distortion: string;
  readonly distances: ReadonlyMap<string, Distances>;
}

/** Adds the distances of the baselines to those of the metrics. */
function beside<Distances, One extends Named<Distances>>(
  metrics: readonly One[],
  baselines: readonly One[],
): One[] {
  const known = new Map(baselines.map(({ distortion, distances }) => [distortion, distances]));
  return metrics.map((one) => ({
    ...one,
    distances: new Map([...one.distances, ...(known.get(one.distortion) ?? [])]),
  }));
}

/** @throws LpipsError unless the vectors of every distortion were made from the images and judgements of the data set */
async function checkVectors(
  { folder, known, manifest }: ExtractedItems,
  data: string,
  split: Split,
  found: Readonly<Record<Task, readonly DistortionFolder<Triplet | Pair>[]>>,
): Promise<void> {
  for (const group of manifest.groups) {
    const { task, distortion, items, contents } = group;
    if (group.split !== split || !known[task].includes(distortion)) continue;
    const there = found[task].find((one) => one.distortion === distortion)?.items ?? [];
    if (there.length !== items) {
      const requirement = `the ${items} items of ${distortion} that were extracted`;
      const place = splitFolder(data, task, split);
      throw invalid(
        'evaluate',
        requirement,
        place,
        `${there.length}`,
        'Name the data set of the extraction.',
      );
    }
    const now = await contentsOf(there, manifest.itemsPerShard);
    if (now.every((digest, index) => digest === contents[index])) continue;
    const requirement = `vectors of the images and judgements of ${groupName(group)} in ${data}`;
    throw invalid('evaluate', requirement, folder, 'those of others', 'Run "bapps extract" again.');
  }
}
