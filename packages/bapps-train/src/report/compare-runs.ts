/**
 * @module
 * Composes one page about several runs: their recipes, scores and differences on the same judgements, curves and heads.
 */
import type { Measurements } from '../evaluation/measure.js';
import type { PooledHeads } from '../networks/pooled-heads.js';
import type { BootstrapOptions } from '../scores/bootstrap.js';
import { whyNoAgreement } from '../scores/known-votes.js';
import { jndTable, twoAfcTable } from '../scores/score-table.js';
import { meanScore, type TrainingLog } from '../training/training-log.js';
import { renderComparison } from './comparison-page.js';
import type { Curve } from './report-page.js';
import { toneOf } from './score-sections.js';

/** A run that is compared. */
export interface ComparedRun {
  readonly name: string;
  readonly log: TrainingLog;
  readonly heads: PooledHeads;
}

/** Everything that the page shows. */
export interface ComparisonInput {
  readonly title: string;
  /** What a reader must know about the judgements. */
  readonly note?: string;
  readonly simulated: boolean;
  /** At least two. */
  readonly runs: readonly ComparedRun[];
  readonly measured: Measurements;
  readonly tool: string;
}

/**
 * The page, as the text of one HTML file that loads nothing.
 *
 * @throws LpipsError if no triplets were measured
 */
export function composeComparison(input: ComparisonInput, options?: BootstrapOptions): string {
  const { title, note, simulated, runs, measured, tool } = input;
  const names = runs.map(({ name }) => name);
  const [trained = '', ...others] = names;
  const compared = { ...options, compared: names };
  return renderComparison({
    title,
    note,
    judges: simulated ? 'simulated observers' : 'people',
    noAgreement: whyNoAgreement(measured.judged),
    trained,
    others,
    recipes: recipesOf(runs),
    twoAfc: twoAfcTable(measured.judged, { ...compared, simulated }),
    jnd: measured.noticed.length === 0 ? undefined : jndTable(measured.noticed, compared),
    curves: curvesOf(runs),
    heads: runs.map(({ name, heads }) => ({
      name,
      taps: [...heads.weights.values()].map(({ data }) => data),
    })),
    tool,
  });
}

/** Names of settings, and the value of each run. */
function recipesOf(runs: readonly ComparedRun[]): (readonly [name: string, values: readonly string[]])[] {
  const facts = runs.map(({ log }): ReadonlyMap<string, string> => {
    const { net, calibration, mode, triplets, steps, seed, keptEpoch, epochs, settings = {} } = log;
    return new Map([
      ['net', `${net} ${calibration}`],
      ['mode', mode],
      ['seed', `${seed}`],
      ['triplets', triplets.toLocaleString('en-US')],
      ...Object.entries(settings),
      ['steps', steps.toLocaleString('en-US')],
      ['epoch kept', `${keptEpoch ?? epochs.length}`],
    ]);
  });
  const names = [...new Set(facts.flatMap((one) => [...one.keys()]))];
  return names.map((name) => [name, facts.map((one) => one.get(name) ?? 'not stated')] as const);
}

function curvesOf(runs: readonly ComparedRun[]): Curve[] {
  const [trained = '', ...others] = runs.map(({ name }) => name);
  const curve = (title: string, pointsOf: (log: TrainingLog) => (readonly [number, number])[]): Curve => ({
    title,
    lines: runs
      .map(({ name, log }) => ({ name, tone: toneOf(name, trained, others), points: pointsOf(log) }))
      .filter(({ points }) => points.length > 0),
  });
  const hasScores = (scores: Readonly<Record<string, number>>) => Object.keys(scores).length > 0;
  return [
    curve('Held-out loss of the ranking network', ({ epochs }) =>
      epochs.flatMap(({ epoch, heldOutLoss }) =>
        heldOutLoss === undefined ? [] : [[epoch, heldOutLoss] as const],
      ),
    ),
    curve('Held-out 2AFC, % of choices', ({ before, epochs }) =>
      [{ epoch: 0, heldOut: before }, ...epochs].flatMap(({ epoch, heldOut }) =>
        hasScores(heldOut) ? [[epoch, 100 * meanScore(heldOut)] as const] : [],
      ),
    ),
    curve('Loss on the training batches', ({ epochs }) => epochs.map(({ epoch, loss }) => [epoch, loss])),
  ].filter(({ lines }) => lines.length > 0);
}
