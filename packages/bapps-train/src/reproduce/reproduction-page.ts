/**
 * @module
 * The page of a reproduction: scores beside those of the paper, scores by distortion, and the commands that made them.
 */
import { printable } from 'lpips-core';
import { Html, html, renderDocument, type Tone } from 'lpips-pictures/page';
import { REPORT_STYLE } from '../report/report-style.js';
import { scoreIntervals } from '../report/score-intervals.js';
import { pairsSentence } from '../report/score-sections.js';
import type { NO_AGREEMENT } from '../scores/known-votes.js';
import type { ScoreTable } from '../scores/tabulate.js';
import type { BesidePaper, PairOfScores } from './beside-paper.js';
import { PAPER, PAPER_GROUPS } from './published-scores.js';

const STYLE = new Html(`
.beside { border-collapse: collapse; font-variant-numeric: tabular-nums; display: block; overflow-x: auto; }
.beside th, .beside td { padding: 8px 18px 8px 0; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
.beside th:first-child { text-align: left; } .beside tbody th { font-weight: inherit; } .beside span { color: var(--soft); }
pre { overflow-x: auto; font-size: .84rem; line-height: 1.6; }
`);

/** Everything that the page shows. */
export interface ReproductionStory {
  /** Names and values: nets, data, recipe. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What a reader must know about the judgements, for example that they are simulated. */
  readonly note: string | undefined;
  readonly judges: string;
  /** Why nothing tells how often two of them agree; undefined where the scores do. */
  readonly noAgreement: keyof typeof NO_AGREEMENT | undefined;
  /** Empty where the judgements are not people's. */
  readonly besidePaper: readonly BesidePaper[];
  readonly twoAfc: ScoreTable;
  readonly jnd: ScoreTable | undefined;
  /** Names of the metrics that were trained here, and of the published ones. */
  readonly trained: readonly string[];
  readonly published: readonly string[];
  readonly commands: readonly string[];
  readonly tool: string;
}

/** The page as text. It loads nothing. */
export function renderReproduction(story: ReproductionStory): string {
  const { facts, note, judges, noAgreement, twoAfc, jnd, trained, published, commands, tool } = story;
  const first = [...trained, ...published];
  const toneOf = (name: string): Tone => {
    if (trained.includes(name)) return 'lpips';
    return published.includes(name) ? 'other' : 'quiet';
  };
  const intervals = (table: ScoreTable, caption: string, withMean: boolean) =>
    scoreIntervals(table, {
      distortions:
        withMean && table.distortions.length > 1 ? [...table.distortions, undefined] : table.distortions,
      caption,
      first,
      toneOf,
    });
  return renderDocument({
    title: 'LPIPS, calibrated anew',
    description: 'The published calibration of LPIPS, made again from its data.',
    eyebrow: 'LPIPS for TypeScript · reproduction',
    heading: 'LPIPS, calibrated anew',
    lead: html`<p class="lead">The heads of each net were trained by the official recipe, and scored on held-out judgements of
${judges}.</p>${note === undefined ? undefined : html`<p class="badge">${note}</p>`}
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`,
    sections: [
      story.besidePaper.length === 0 ? undefined : paperSection(story.besidePaper),
      html`<section aria-labelledby="agreement"><h2 id="agreement">By distortion</h2>
<p>A metric is credited with the share of ${judges} who chose as it does. Heads trained here have the colour of LPIPS, published
heads the second one. ${pairsSentence(judges, noAgreement)}</p>
${intervals(twoAfc, '2AFC, % of choices', true)}</section>`,
      jnd &&
        html`<section aria-labelledby="notice"><h2 id="notice">What ${judges} do not notice</h2>
<p>Sorted by a metric’s distance, pairs that looked the same should come first: the average precision says how nearly they do.</p>
${intervals(jnd, 'JND, average precision in %', true)}</section>`,
      html`<section aria-labelledby="how"><h2 id="how">How it was made</h2>
<pre>${commands.join('\n')}</pre></section>`,
    ],
    footer: html`Made by ${tool}. Intervals hold a score with 95 % confidence (bootstrap over judgements, seeded). L2 and SSIM are
the paper’s baselines, in CIELAB.`,
    style: html`${REPORT_STYLE}${STYLE}`,
  });
}

function paperSection(rows: readonly BesidePaper[]): Html {
  const cell = ({ own, paper }: PairOfScores) =>
    html`<td class="value">${own === undefined ? '–' : html`${(100 * own.score).toFixed(1)} <span>±${(50 * (own.high - own.low)).toFixed(1)}</span>`}<br><span>${paper.toFixed(1)}</span></td>`;
  return html`<section aria-labelledby="paper"><h2 id="paper">Beside the paper</h2>
<p>2AFC in percent; below each score that of the paper (${PAPER}), which is of the first release of the metric. “both”, “all four” and
“all six” are means over the distortions before them.</p>
<table class="beside"><thead><tr><th></th>${PAPER_GROUPS.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(({ name, groups }) => html`<tr><th scope="row">${printable(name)}<br><span>the paper</span></th>${groups.map(cell)}</tr>`)}</tbody></table></section>`;
}
