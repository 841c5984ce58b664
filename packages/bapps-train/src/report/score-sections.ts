/**
 * @module
 * The sections of a page that show scores with their intervals, metric by metric.
 */
import { printable } from 'lpips-core';
import { type Html, html, intervalTable, type Tone } from 'lpips-pictures/page';
import type { Estimate } from '../scores/bootstrap.js';
import type { ScoreRow, ScoreTable } from '../scores/tabulate.js';

/** Whose scores are shown. */
export interface ScoreStory {
  /** What those who judged are called: `people`, or `simulated observers`. */
  readonly judges: string;
  /** Name of the row with the scores of the run. */
  readonly trained: string;
  /** Names of the rows that it is compared with, such as the heads that it began with. */
  readonly others: readonly string[];
}

/** How often metrics agree with those who judged. */
export function agreementSection(story: ScoreStory, table: ScoreTable): Html {
  const { judges } = story;
  const groups = table.distortions.length > 1 ? [...table.distortions, undefined] : table.distortions;
  const knowsPairs = table.rows.some(({ kind }) => kind === 'agreement');
  const pairs = knowsPairs ? html`The <b>line</b> is how often two ${judges} agree. ` : undefined;
  return html`<section aria-labelledby="agreement"><h2 id="agreement">How often the metric agrees with ${judges}</h2>
<p>${capital(judges)} saw an image and two distorted copies and said which is nearer. A metric is credited with the share of
those who chose as it does. ${pairs}The dots are the paper’s human score, which counts each of them against himself
too. The <span class="soft">dashes</span> are the ceiling: the score of always siding with the majority. Half is chance.</p>
${scoreIntervals(story, table, groups, '2AFC, % of choices')}</section>`;
}

/** How well metrics find pairs whose difference nobody noticed. */
export function noticeSection(story: ScoreStory, table: ScoreTable): Html {
  const { judges } = story;
  return html`<section aria-labelledby="notice"><h2 id="notice">What ${judges} do not notice</h2>
<p>${capital(judges)} saw two images for a moment and said whether they were the same. Sorted by a metric’s distance, pairs that
looked the same should come first: the area under the precision-recall curve says how nearly they do.</p>
${scoreIntervals(story, table, table.distortions, 'JND, average precision in %')}</section>`;
}

function capital(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

/** How the bounds are drawn. */
const MARKS = { agreement: 'solid', human: 'dotted', oracle: 'dashed' } as const;

/** `undefined` among the distortions stands for their mean. */
function scoreIntervals(
  { trained, others }: ScoreStory,
  table: ScoreTable,
  distortions: readonly (ScoreTable['distortions'][number] | undefined)[],
  caption: string,
): Html {
  const rankOf = ({ name }: ScoreRow) => [trained, ...others].indexOf(name) >>> 0; // the others come last
  const at = ({ scores, mean }: ScoreRow, index: number): Estimate => scores[index] ?? mean;
  const metrics = table.rows
    .filter(({ kind }) => kind === 'metric')
    .toSorted((a, b) => rankOf(a) - rankOf(b));
  const bounds = table.rows.flatMap((row) => (row.kind === 'metric' ? [] : [{ row, kind: MARKS[row.kind] }]));
  const groups = distortions.map((distortion, index) => ({
    name: printable(distortion?.name ?? 'All distortions'),
    detail: distortion === undefined ? 'mean' : `${distortion.count} judgements`,
    rows: metrics
      .filter((row) => !Number.isNaN(at(row, index).score))
      .map((row) => {
        const { score, low, high } = at(row, index);
        return {
          name: printable(row.name),
          tone: toneOf(row.name, trained, others),
          value: score,
          low,
          high,
        };
      }),
    marks: bounds.map(({ row, kind }) => ({ name: row.name, kind, value: at(row, index).score })),
  }));
  return intervalTable(
    groups.filter(({ rows }) => rows.length > 0),
    {
      caption: `${caption}, with 95 % intervals`,
      ticks: ticksOf(
        groups.flatMap(({ rows, marks }) => [
          ...rows.flatMap(({ low, high }) => [low, high]),
          ...marks.map(({ value }) => value),
        ]),
      ),
      format: percent,
      formatHalf: (half) => `±${(100 * half).toFixed(1)}`,
    },
  );
}

/** The colour of a metric among others. */
export function toneOf(name: string, trained: string, others: readonly string[]): Tone {
  if (name === trained) return 'lpips';
  if (name === others[0]) return 'other';
  return others.includes(name) ? 'third' : 'quiet';
}

/** Ticks every 10 %, around the values. */
function ticksOf(values: readonly number[]): number[] {
  const known = values.filter((value) => !Number.isNaN(value));
  const first = Math.floor(10 * Math.min(...known));
  const last = Math.ceil(10 * Math.max(...known));
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) / 10);
}

/** A share in percent, without a zero behind the point. */
export function percent(share: number): string {
  const value = (100 * share).toFixed(1);
  return Number.isInteger(10 * share) ? value.replace('.0', '') : value;
}
