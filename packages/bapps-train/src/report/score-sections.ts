/**
 * @module
 * The sections of a page that show scores with their intervals, metric by metric.
 */
import { type Html, html, type Tone } from 'lpips-pictures/page';
import { NO_AGREEMENT } from '../scores/known-votes.js';
import type { ScoreTable } from '../scores/tabulate.js';
import { type ScoredDistortions, scoreIntervals } from './score-intervals.js';

/** Whose scores are shown. */
export interface ScoreStory {
  /** What those who judged are called: `people`, or `simulated observers`. */
  readonly judges: string;
  /** Why nothing tells how often two of them agree; undefined where the scores do. */
  readonly noAgreement: keyof typeof NO_AGREEMENT | undefined;
  /** Name of the row with the scores of the run. */
  readonly trained: string;
  /** Names of the rows that it is compared with, such as the heads that it began with. */
  readonly others: readonly string[];
}

/** How often metrics agree with those who judged. */
export function agreementSection(story: ScoreStory, table: ScoreTable): Html {
  const { judges, noAgreement } = story;
  const groups = table.distortions.length > 1 ? [...table.distortions, undefined] : table.distortions;
  return html`<section aria-labelledby="agreement"><h2 id="agreement">How often the metric agrees with ${judges}</h2>
<p>${capital(judges)} saw an image and two distorted copies and said which is nearer. A metric is credited with the share of
those who chose as it does. ${pairsSentence(judges, noAgreement)} The dots are the paper’s human score, which counts each of them against himself
too. The <span class="soft">dashes</span> are the ceiling: the score of always siding with the majority. Half is chance.</p>
${intervalsOf(story, table, groups, '2AFC, % of choices')}</section>`;
}

/** How well metrics find pairs whose difference nobody noticed. */
export function noticeSection(story: ScoreStory, table: ScoreTable): Html {
  const { judges } = story;
  return html`<section aria-labelledby="notice"><h2 id="notice">What ${judges} do not notice</h2>
<p>${capital(judges)} saw two images for a moment and said whether they were the same. Sorted by a metric’s distance, pairs that
looked the same should come first: the area under the precision-recall curve says how nearly they do.</p>
${intervalsOf(story, table, table.distortions, 'JND, average precision in %')}</section>`;
}

/** What the scores say of two who judged the same triplet. */
export function pairsSentence(judges: string, noAgreement: keyof typeof NO_AGREEMENT | undefined): Html {
  if (noAgreement === undefined) return html`The <b>line</b> is how often two ${judges} agree.`;
  return html`How often two ${judges} agree is not known: ${NO_AGREEMENT[noAgreement]}.`;
}

function intervalsOf(
  { trained, others }: ScoreStory,
  table: ScoreTable,
  distortions: ScoredDistortions,
  caption: string,
): Html {
  return scoreIntervals(table, {
    distortions,
    caption,
    first: [trained, ...others],
    toneOf: (name) => toneOf(name, trained, others),
  });
}

function capital(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

/** The colour of a metric among others. */
export function toneOf(name: string, trained: string, others: readonly string[]): Tone {
  if (name === trained) return 'lpips';
  if (name === others[0]) return 'other';
  return others.includes(name) ? 'third' : 'quiet';
}
