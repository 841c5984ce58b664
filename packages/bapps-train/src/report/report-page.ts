/**
 * @module
 * The page of a report: the scores of a run, its curves, its heads, and the triplets on which the metric and people
 * still disagree.
 */
import { type Html, html, type Line, lineChart, renderDocument } from 'lpips-pictures/page';
import type { ScoreKind } from '../scores/score-kinds.js';
import type { ScoreTable } from '../scores/tabulate.js';
import { type Duel, disagreementSection } from './disagreement-section.js';
import { headProfiles, type TapWeights } from './head-profiles.js';
import { REPORT_STYLE } from './report-style.js';
import { percent } from './score-intervals.js';
import { agreementSection, noticeSection, type ScoreStory } from './score-sections.js';

/** A curve of the training log. */
export interface Curve {
  readonly title: string;
  readonly lines: readonly Line[];
}

/** Everything that the page shows. */
export interface ReportStory extends ScoreStory {
  readonly title: string;
  /** Names and values: what was trained, on which data, and how. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What a reader must know about the judgements, for example that they are simulated. */
  readonly note: string | undefined;
  readonly twoAfc: ScoreTable;
  readonly jnd: ScoreTable | undefined;
  readonly curves: readonly Curve[];
  readonly taps: readonly TapWeights[];
  /** Name of the heads that are drawn as lines. */
  readonly comparedHeads: string | undefined;
  readonly duels: readonly Duel[];
  readonly tool: string;
}

/** A value of more characters takes the whole width. */
const LONG = 60;

/** The page as text. */
export function renderReport(story: ReportStory): string {
  const { title, facts, note, twoAfc, jnd, curves, taps, trained, comparedHeads, duels, tool } = story;
  return renderDocument({
    title,
    description: 'What a calibration of LPIPS on human judgements reached, and how.',
    eyebrow: 'LPIPS for TypeScript · calibration',
    heading: title,
    lead: html`${verdict(story)}${note === undefined ? undefined : html`<p class="badge">${note}</p>`}
<dl class="facts">${facts.map(
      ([name, value]) =>
        html`<div class="${value.length > LONG ? 'long' : ''}"><dt>${name}</dt><dd>${value}</dd></div>`,
    )}</dl>`,
    sections: [
      agreementSection(story, twoAfc),
      jnd && noticeSection(story, jnd),
      curves.length === 0 ? undefined : curveSection(curves),
      html`<section aria-labelledby="heads"><h2 id="heads">What the heads attend to</h2>
<p>A head has one weight, never negative, for each channel of its tap. The weights are sorted from the largest to the
smallest: a steep fall means that a few channels decide, and zeros mean that the others are ignored.</p>
${headProfiles(taps, trained, comparedHeads)}</section>`,
      duels.length === 0 ? undefined : disagreementSection(duels, story.judges),
    ],
    footer: html`Made by ${tool}. Intervals hold a score with 95 % confidence (bootstrap over
judgements, seeded). L2 and SSIM are the paper’s baselines, in CIELAB.`,
    style: REPORT_STYLE,
  });
}

function verdict({ twoAfc, trained, others, judges }: ReportStory): Html {
  const meanOf = (name: string) => twoAfc.rows.find((row) => row.name === name)?.mean;
  const boundOf = (wanted: ScoreKind) => twoAfc.rows.find(({ kind }) => kind === wanted)?.mean;
  const [own, agreement, human] = [meanOf(trained), boundOf('agreement'), boundOf('human')];
  if (!own || !human) return html``;
  const before = others.flatMap((name) => {
    const score = meanOf(name)?.score;
    return score === undefined ? [] : [html`<b>${percent(score)}</b> (${name})`];
  });
  const rest = before.map((part, index) => html`${index === 0 ? ', against ' : ' and '}${part}`);
  const pairs = agreement && html`Two ${judges} agree in ${percent(agreement.score)} %. `;
  return html`<p class="lead">On held-out judgements the trained metric sides with ${judges} in
<b class="lpips">${percent(own.score)} %</b> of choices${rest}. ${pairs}The paper’s human score, which counts
each of them against himself too, is ${percent(human.score)} %.</p>`;
}

/** Curves over the epochs. */
export function curveSection(curves: readonly Curve[]): Html {
  return html`<section aria-labelledby="training"><h2 id="training">How training went</h2>
<div class="charts">${curves.map(({ title, lines }) => {
    const ends = lines.map(
      ({ name, points }) => `${name} ends at ${points.at(-1)?.[1].toPrecision(3) ?? ''}`,
    );
    return lineChart(lines, {
      title,
      xName: 'epoch',
      label: `${title} over the epochs: ${ends.join(', ')}.`,
    });
  })}</div></section>`;
}
