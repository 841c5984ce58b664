/**
 * @module
 * Scores the heads of several nets on vectors that were extracted, beside the published heads, none, and the baselines.
 */
import type { NetName } from 'lpips-core';
import { calibrationName, identifyWeights, loadLpips, selectBackend } from 'lpips-node';
import { addWeightsFiles, contenderOf, type Trunk, withoutHeads } from '../evaluation/contenders.js';
import { findItems, type Measurements, measure } from '../evaluation/measure.js';
import { joinMeasurements } from './beside-paper.js';
import { PAPER_BASELINES, PAPER_NETS, type PaperScores } from './published-scores.js';

/** The files of a net. */
export interface NetFolder {
  readonly net: NetName;
  /** Folder of its extraction. */
  readonly vectors: string;
  /** Heads that were trained on it. */
  readonly heads: string;
}

/** Which weights are loaded, and which images the baselines see. */
export interface ScoreNetsOptions {
  readonly weights: string | undefined;
  readonly offline: boolean;
  /** Folder of the data set; undefined = without baselines. */
  readonly baselinesOf: string | undefined;
  readonly size: number;
  readonly onProgress: (done: number, total: number) => void;
}

/** All distances, and which metrics are whose. */
export interface ScoredNets {
  readonly measured: Measurements;
  readonly trained: readonly string[];
  readonly published: readonly string[];
  /** What the paper states, by the name of the metric. */
  readonly paper: ReadonlyMap<string, PaperScores>;
}

/** Measures every net on its held-out vectors. Nothing passes a backbone. */
export async function scoreNets(
  nets: readonly NetFolder[],
  { weights, offline, baselinesOf, size, onProgress }: ScoreNetsOptions,
): Promise<ScoredNets> {
  await selectBackend('cpu'); // distances from vectors are computed without it
  const parts: Measurements[] = [];
  const trained: string[] = [];
  const published: string[] = [];
  const paper = new Map<string, PaperScores>();
  for (const { net, vectors, heads } of nets) {
    const lpips = await loadLpips({ net, ...(weights !== undefined && { weightsDir: weights }), offline });
    const calibration = calibrationName(lpips, await identifyWeights(lpips));
    const trunk: Trunk = { lpips, contenders: [] };
    try {
      const own = `${net}, trained here`;
      await addWeightsFiles([trunk], [{ path: heads, name: own }]);
      const as = contenderOf(lpips, calibration);
      const none = { ...withoutHeads(lpips), name: `${net} without heads` };
      trunk.contenders.push(as, none);
      const found = await findItems({ extraction: vectors, split: 'val' });
      parts.push(await measure(found, [trunk], { baselines: false }));
      trained.push(own);
      published.push(as.name);
      if (net !== 'lite') {
        paper.set(own, PAPER_NETS[net].linear);
        paper.set(none.name, PAPER_NETS[net].withoutHeads);
      }
    } finally {
      lpips.dispose();
    }
  }
  if (baselinesOf !== undefined) {
    parts.push(await measure(await findItems({ data: baselinesOf, split: 'val' }), [], { size, onProgress }));
    for (const [name, scores] of Object.entries(PAPER_BASELINES)) paper.set(name, scores);
  }
  return { measured: joinMeasurements(parts), trained, published, paper };
}
