/**
 * @module
 * Raters and agreement as tables for a terminal.
 */
import { printable } from 'lpips-core';
import type { RaterSummary, Share } from '../votes/rater-summary.js';
import type { GroupAgreement } from '../votes/vote-agreement.js';
import { tableLines } from './score-lines.js';

/** One line a rater. */
export function raterLines(summaries: readonly RaterSummary[], excluded: readonly string[]): string {
  const head = ['rater', 'votes', 'catch', 'others', 'left', 'median', 'minutes', ''];
  const body = summaries.map(({ rater, votes, catches, agreement, left, medianMs, totalMs }) => [
    printable(rater),
    String(votes),
    catches.whole === 0 ? '–' : `${catches.part}/${catches.whole}`,
    percentOf(agreement),
    percentOf(left),
    Number.isNaN(medianMs) ? '–' : `${(medianMs / 1000).toFixed(1)} s`,
    (totalMs / 60_000).toFixed(1),
    excluded.includes(rater) ? 'left out' : '',
  ]);
  return tableLines([head, ...body]);
}

/** One line a distortion. */
export function groupLines(groups: readonly GroupAgreement[]): string {
  const head = ['votes that count', 'items', 'judged', 'votes', 'two people', 'paper'];
  const body = groups.map(({ group, items, judged, votes, twoPeople, paper }) => [
    printable(group),
    items === undefined ? '?' : String(items),
    String(judged),
    String(votes),
    percentText(twoPeople),
    percentText(paper),
  ]);
  return tableLines([head, ...body]);
}

function percentOf({ part, whole }: Share): string {
  return percentText(part / whole);
}

function percentText(share: number): string {
  return Number.isNaN(share) ? '–' : `${(100 * share).toFixed(1)} %`;
}
