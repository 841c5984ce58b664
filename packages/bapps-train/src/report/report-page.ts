/**
 * @module
 * The page of a report: the scores of a run, its curves, its heads, and the triplets on which the metric and people
 * still disagree.
 */
import { type Html, html, type Line, lineChart, renderDocument, type Tone } from 'lpips-pictures/page';
import type { ScoreKind, ScoreTable } from '../scores/score-table.js';
import { type Duel, disagreementSection } from './disagreement-section.js';
import { headProfiles, type TapWeights } from './head-profiles.js';
import { REPORT_STYLE } from './report-style.js';
import { percent, type ScoredDistortions, scoreIntervals } from './score-intervals.js';

/** A curve of the training log. */
export interface Curve {
  readonly title: string;
  readonly lines: readonly Line[];
}

/** Everything that the page shows. */
export interface ReportStory {
  readonly title: string;
  /** Names and values: what was trained, on which data, and how. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What a reader must know about the judgements, for example that they are simulated. */
  readonly note: string | undefined;
  /** What those who judged are called: `people`, or `simulated observers`. */
  readonly judges: string;
  /** Name of the row with the scores of the run. */
  readonly trained: string;
  /** Names of the rows that it is compared with, such as the heads that it began with. */
  readonly others: readonly string[];
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

function agreementSection(story: ReportStory, table: ScoreTable): Html {
  const { judges } = story;
  const groups = table.distortions.length > 1 ? [...table.distortions, undefined] : table.distortions;
  const knowsPairs = table.rows.some(({ kind }) => kind === 'agreement');
  const pairs = knowsPairs ? html`The <b>line</b> is how often two ${judges} agree. ` : undefined;
  return html`<section aria-labelledby="agreement"><h2 id="agreement">How often the metric agrees with ${judges}</h2>
<p>${capital(judges)} saw an image and two distorted copies and said which is nearer. A metric is credited with the share of
those who chose as it does. ${pairs}The dots are the paper’s human score, which counts each of them against himself
too. The <span class="soft">dashes</span> are the ceiling: the score of always siding with the majority. Half is chance.</p>
${intervalsOf(story, table, groups, '2AFC, % of choices')}</section>`;
}

function noticeSection(story: ReportStory, table: ScoreTable): Html {
  const { judges } = story;
  return html`<section aria-labelledby="notice"><h2 id="notice">What ${judges} do not notice</h2>
<p>${capital(judges)} saw two images for a moment and said whether they were the same. Sorted by a metric’s distance, pairs that
looked the same should come first: the area under the precision-recall curve says how nearly they do.</p>
${intervalsOf(story, table, table.distortions, 'JND, average precision in %')}</section>`;
}

function intervalsOf(
  { trained, others }: ReportStory,
  table: ScoreTable,
  distortions: ScoredDistortions,
  caption: string,
): Html {
  const toneOf = (name: string): Tone => {
    if (name === trained) return 'lpips';
    if (name === others[0]) return 'other';
    return others.includes(name) ? 'third' : 'quiet';
  };
  return scoreIntervals(table, { distortions, caption, first: [trained, ...others], toneOf });
}

function capital(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

function curveSection(curves: readonly Curve[]): Html {
  return html`<section aria-labelledby="training"><h2 id="training">How training went</h2>
<div class="charts">${curves.map(({ title, lines }) => {
    const ends = lines.map(
      ({ name, points }) => `${name} ends at ${points.at(-1)?.[1].toPrecision(3) ?? ''}`,
    );
    return lineChart(lines, {
      title,
      xName: 'epoch',
      format: (value) => String(Number(value.toFixed(4))),
      label: `${title} over the epochs: ${ends.join(', ')}.`,
    });
  })}</div></section>`;
}
