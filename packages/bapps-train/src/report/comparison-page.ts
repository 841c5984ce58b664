/**
 * @module
 * The page about several runs.
 */
import { printable } from 'lpips-core';
import { type Html, html, renderDocument } from 'lpips-pictures/page';
import type { Difference } from '../scores/bootstrap.js';
import type { ScoreTable } from '../scores/tabulate.js';
import { headProfiles } from './head-profiles.js';
import { type Curve, curveSection } from './report-page.js';
import { REPORT_STYLE } from './report-style.js';
import { agreementSection, noticeSection, type ScoreStory } from './score-sections.js';

/** Everything that the page shows. */
export interface ComparisonStory extends ScoreStory {
  readonly title: string;
  readonly note: string | undefined;
  /** Names of settings, and the value of each run. */
  readonly recipes: readonly (readonly [name: string, values: readonly string[]])[];
  readonly twoAfc: ScoreTable;
  readonly jnd: ScoreTable | undefined;
  readonly curves: readonly Curve[];
  /** The weights of each run, tap by tap. */
  readonly heads: readonly { readonly name: string; readonly taps: readonly Float32Array[] }[];
  readonly tool: string;
}

/** The page as text. */
export function renderComparison(story: ComparisonStory): string {
  const { title, note, twoAfc, jnd, curves, heads, tool } = story;
  const [first] = heads;
  return renderDocument({
    title,
    description: 'Calibrations of LPIPS on human judgements, beside each other.',
    eyebrow: 'LPIPS for TypeScript · calibrations compared',
    heading: title,
    lead: html`${lead(story)}${note === undefined ? undefined : html`<p class="badge">${note}</p>`}`,
    sections: [
      recipeSection(story),
      agreementSection(story, twoAfc),
      differenceSection(story),
      jnd && noticeSection(story, jnd),
      curves.length === 0 ? undefined : curveSection(curves),
      html`<section aria-labelledby="heads"><h2 id="heads">What the heads attend to</h2>
<p>The weights of each head are sorted from the largest to the smallest. The line in the pictures of the later runs is that of
the first, where both are heads of the same net.</p>
${heads.map(({ name, taps }) => {
  const isAlike = first !== undefined && first.name !== name && sizesOf(first.taps) === sizesOf(taps);
  const compared = (tap: number) => (isAlike ? first?.taps[tap] : undefined);
  const weights = taps.map((own, tap) => {
    const other = compared(tap);
    return { weights: own, ...(other && { compared: other }) };
  });
  return html`<h3>${printable(name)}</h3>${headProfiles(weights, name, isAlike ? first?.name : undefined)}`;
})}</section>`,
    ],
    footer: html`Made by ${tool}. Intervals hold a score or a difference with 95 % confidence (bootstrap over judgements, seeded;
all runs see the same draws).`,
    style: REPORT_STYLE,
  });
}

function lead({ recipes, twoAfc, trained, others, judges }: ComparisonStory): Html {
  const scores = [trained, ...others].flatMap((name) => {
    const row = twoAfc.rows.find((one) => one.name === name);
    return row ? [{ name, score: row.mean.score }] : [];
  });
  const [best] = scores.toSorted((a, b) => b.score - a.score);
  if (!best) return html``;
  const differing = recipes.filter(([, values]) => new Set(values).size > 1).map(([name]) => name);
  const what = differing.length === 0 ? 'in nothing that their logs state' : `in ${differing.join(', ')}`;
  return html`<p class="lead">Of ${scores.length} runs, which differ ${what}, <b class="lpips">${printable(best.name)}</b> sides with
${judges} most often: in ${(100 * best.score).toFixed(1)} % of choices.</p>`;
}

function recipeSection({ recipes, trained, others }: ComparisonStory): Html {
  return html`<section aria-labelledby="recipes"><h2 id="recipes">What the runs were asked to do</h2>
<p>Settings that differ are marked.</p><div class="wide"><table class="compared"><thead><tr><th scope="col"></th>${[
    trained,
    ...others,
  ].map((name) => html`<th scope="col">${printable(name)}</th>`)}</tr></thead><tbody>${recipes.map(
    ([name, values]) =>
      html`<tr class="${new Set(values).size > 1 ? 'differs' : ''}"><th scope="row">${name}</th>${values.map(
        (value) => html`<td>${printable(value)}</td>`,
      )}</tr>`,
  )}</tbody></table></div></section>`;
}

function differenceSection({ twoAfc }: ComparisonStory): Html | undefined {
  const { differences = [], distortions } = twoAfc;
  if (differences.length === 0) return undefined;
  const several = distortions.length > 1;
  return html`<section aria-labelledby="differences"><h2 id="differences">How far the runs lie apart</h2>
<p>Differences of 2AFC scores in percentage points, with the interval that holds them with 95 % confidence: both runs are scored
on the same resampled judgements. Below it is the share of the resamplings in which the difference is 0 or has the other
sign. A difference whose interval holds 0 may be chance.</p><div class="wide"><table class="compared"><thead><tr><th scope="col"></th>${[
    ...distortions.map(({ name }) => name),
    ...(several ? ['mean'] : []),
  ].map((name) => html`<th scope="col">${printable(name)}</th>`)}</tr></thead><tbody>${differences.map(
    ({ name, from, scores, mean }) =>
      html`<tr><th scope="row">${printable(name)} − ${printable(from)}</th>${[
        ...scores,
        ...(several ? [mean] : []),
      ].map(differenceCell)}</tr>`,
  )}</tbody></table></div></section>`;
}

function differenceCell({ score, low, high, reversed }: Difference): Html {
  const isClear = low > 0 || high < 0;
  const points = (share: number) => `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(2)}`;
  return html`<td class="${isClear ? 'differs' : ''}"><b>${points(score)}</b> <span class="soft">${points(low)} to ${points(high)}</span>
<span class="numbers">${(100 * reversed).toFixed(0)} % of draws against it</span></td>`;
}

function sizesOf(taps: readonly Float32Array[]): string {
  return taps.map(({ length }) => length).join();
}
