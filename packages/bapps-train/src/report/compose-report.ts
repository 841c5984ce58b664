/**
 * @module
 * Composes the report of a run from its curves, its heads, and the distances measured with them.
 */

import { type EncodedPicture, encodeLevels } from 'lpips-pictures/node';
import { checkRecord } from '../check-arguments.js';
import type { Triplet } from '../data-set/layout.js';
import type { DistortionFolder } from '../data-set/scan-data-set.js';
import type { Measurements } from '../evaluation/measure.js';
import { readWholePatch } from '../extraction/read-patch.js';
import type { PooledHeads } from '../networks/pooled-heads.js';
import type { BootstrapOptions } from '../scores/bootstrap.js';
import { whyNoAgreement } from '../scores/known-votes.js';
import { jndTable, twoAfcTable } from '../scores/score-table.js';
import { meanScore, type TrainingLog } from '../training/training-log.js';
import type { Duel } from './disagreement-section.js';
import { findDisagreements } from './find-disagreements.js';
import { type Curve, renderReport } from './report-page.js';

/** Everything that a report shows. */
export interface ReportInput {
  readonly title: string;
  /** More names and values for the heading, after those of the log. */
  readonly facts?: readonly (readonly [name: string, value: string])[];
  /** What a reader must know about the judgements, for example that they are simulated. */
  readonly note?: string;
  /** Whether the observers are simulated. Default `false`: they are people. */
  readonly simulated?: boolean;
  readonly log: TrainingLog;
  readonly measured: Measurements;
  /** The triplets that were measured, with their pictures. Default: no triplets are shown. */
  readonly triplets: readonly DistortionFolder<Triplet>[];
  readonly trained: { readonly name: string; readonly heads: PooledHeads };
  /** Measured heads to compare with. The first ones are also drawn in the picture of the heads. */
  readonly others: readonly { readonly name: string; readonly heads: PooledHeads }[];
  /** Number of triplets to show. Default 12. */
  readonly shown?: number;
  readonly tool: string;
}

const SHOWN = 12;

/**
 * The page, as the text of one HTML file that loads nothing.
 *
 * @throws LpipsError if no triplets were measured, or a picture cannot be read
 */
export async function composeReport(input: ReportInput, options?: BootstrapOptions): Promise<string> {
  checkRecord('composeReport', 'input', input, ['title', 'log', 'measured', 'trained', 'others', 'tool']);
  const { title, facts = [], note, simulated = false, log, measured, trained, others, tool } = input;
  const [other] = others;
  const otherHeads = [...(other?.heads.weights.values() ?? [])];
  return renderReport({
    title,
    facts: [...factsOf(log), ...facts],
    note,
    judges: simulated ? 'simulated observers' : 'people',
    noAgreement: whyNoAgreement(measured.judged),
    trained: trained.name,
    others: others.map(({ name }) => name),
    twoAfc: twoAfcTable(measured.judged, { ...options, simulated }),
    jnd: measured.noticed.length === 0 ? undefined : jndTable(measured.noticed, options),
    curves: curvesOf(log),
    taps: [...trained.heads.weights.values()].map(({ data }, tap) => {
      const compared = otherHeads[tap]?.data;
      return { weights: data, ...(compared && { compared }) };
    }),
    comparedHeads: other?.name,
    duels: await duelsOf(input),
    tool,
  });
}

function factsOf({ net, calibration, mode, simulated, triplets, epochs, steps, seed }: TrainingLog) {
  return [
    ['Net', `${net} ${calibration}`],
    ['Mode', mode],
    [
      'Learned from',
      `${triplets.toLocaleString('en-US')} triplets, ${simulated ? 'simulated judgements' : 'judged by people'}`,
    ],
    ['Epochs', `${epochs.length}, ${steps.toLocaleString('en-US')} steps`],
    ['Learning rate', `${epochs[0]?.learningRate ?? 'none'}`],
    ['Seed', `${seed}`],
  ] as const;
}

function curvesOf({ epochs, before }: TrainingLog): Curve[] {
  if (epochs.length === 0) return [];
  const held = epochs.flatMap(({ epoch, heldOut }) => pointOf(epoch, heldOut));
  const trained = epochs.map(({ epoch, trainScore }) => [epoch, 100 * trainScore] as const);
  const loss = epochs.map((one) => [one.epoch, one.loss] as const);
  const heldLoss = epochs.flatMap(({ epoch, heldOutLoss }) =>
    heldOutLoss === undefined ? [] : [[epoch, heldOutLoss] as const],
  );
  return [
    {
      title: 'Loss of the ranking network',
      lines: [
        { name: 'train', tone: 'quiet' as const, points: loss },
        { name: 'held out', tone: 'lpips' as const, points: heldLoss },
      ].filter(({ points }) => points.length > 0),
    },
    {
      title: '2AFC, % of choices',
      lines: [
        { name: 'train', tone: 'quiet' as const, points: trained },
        { name: 'held out', tone: 'lpips' as const, points: [...pointOf(0, before), ...held] },
      ].filter(({ points }) => points.length > 0),
    },
  ];
}

/** A held-out score in percent, or no point if there is none. */
function pointOf(epoch: number, scores: Readonly<Record<string, number>>): (readonly [number, number])[] {
  return Object.keys(scores).length === 0 ? [] : [[epoch, 100 * meanScore(scores)]];
}

async function duelsOf({ measured, triplets, trained, shown = SHOWN }: ReportInput): Promise<Duel[]> {
  const distances = measured.judged.flatMap((one) => {
    const own = one.distances.get(trained.name);
    return own === undefined ? [] : [{ distortion: one.distortion, judge: one.judge, ...own }];
  });
  const found = findDisagreements(distances, shown);
  const duels = found.map(async (one): Promise<Duel | undefined> => {
    const item = triplets.find(({ distortion }) => distortion === one.distortion)?.items[one.index];
    if (!item) return undefined;
    const [reference, p0, p1] = await Promise.all([item.ref, item.p0, item.p1].map(encodePatch));
    return reference && p0 && p1 && { ...one, name: item.name, reference, p0, p1 };
  });
  return (await Promise.all(duels)).filter((duel) => duel !== undefined);
}

async function encodePatch(path: string): Promise<EncodedPicture> {
  const { levels, ...layout } = await readWholePatch(path);
  return await encodeLevels(levels, layout);
}
