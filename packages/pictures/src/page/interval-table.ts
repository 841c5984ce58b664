/**
 * @module
 * Scores with their intervals on one axis, as a table: a dot and a whisker in each row, groups of rows under a heading,
 * and marks that run through all rows of a group. Places are percentages of the width and words stay HTML, so that the
 * table fits a phone as well as a desktop, and a screen reader reads the numbers that it shows.
 */

import type { Tone } from './charts.js';
import { checkList, checkParts, checkType } from './check-parts.js';
import { type Html, html } from './html.js';

/** A score and the ends of its interval. */
export interface IntervalRow {
  readonly name: string;
  readonly tone: Tone;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Rows under one heading. */
export interface IntervalGroup {
  readonly name: string;
  readonly detail: string;
  readonly rows: readonly IntervalRow[];
  /** values at which a line runs through the group, such as a ceiling */
  readonly marks: readonly {
    readonly name: string;
    readonly kind: 'solid' | 'dotted' | 'dashed';
    readonly value: number;
  }[];
}

/** How values are written and where the axis begins and ends. */
export interface IntervalTableOptions {
  readonly caption: string;
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
  /** writes half the width of an interval, such as "±0.8" */
  readonly formatHalf: (half: number) => string;
}

/**
 * Draws the table; the axis runs from the first tick to the last.
 *
 * @throws LpipsError for arguments of another kind
 */
export function intervalTable(groups: readonly IntervalGroup[], options: IntervalTableOptions): Html {
  checkList('intervalTable', 'groups', groups);
  checkParts('intervalTable', 'options', options, ['caption', 'ticks', 'format', 'formatHalf']);
  const { caption, ticks, format, formatHalf } = options;
  checkList('intervalTable', 'ticks', ticks);
  checkType('intervalTable', 'format', format, 'function');
  checkType('intervalTable', 'formatHalf', formatHalf, 'function');
  const [first = 0, last = 1] = [ticks.at(0), ticks.at(-1)];
  const x = (value: number) => `${((100 * (value - first)) / (last - first)).toFixed(2)}%`;
  const grid = ticks.map(
    (tick) => html`<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="0" y2="100%"/>`,
  );
  const axis = html`<div class="axis" aria-hidden="true">${ticks.map(
    (tick) => html`<span style="left:${x(tick)}">${format(tick)}</span>`,
  )}</div>`;
  const lines = ({ marks }: IntervalGroup) =>
    marks.map(
      ({ kind, value }) =>
        html`<line class="mark ${kind}" x1="${x(value)}" x2="${x(value)}" y1="0" y2="100%"/>`,
    );
  const track = (group: IntervalGroup, shapes: Html) =>
    html`<td class="track"><svg aria-hidden="true">${grid}${lines(group)}${shapes}</svg></td>`;
  return html`<table class="intervals"><caption>${caption}</caption>
<thead aria-hidden="true"><tr><td></td><td>${axis}</td><td></td></tr></thead>
${groups.map(
  (
    group,
  ) => html`<tbody><tr class="group"><th colspan="3" scope="rowgroup">${group.name} <span class="soft">${group.detail}</span></th></tr>
${group.rows.map(
  ({ name, tone, value, low, high }) =>
    html`<tr class="tone-${tone}"><th scope="row">${name}</th>${track(
      group,
      html`<line class="whisker" x1="${x(low)}" x2="${x(high)}" y1="50%" y2="50%"/><circle cx="${x(value)}" cy="50%" r="5"/>`,
    )}<td class="value">${format(value)} <span>${formatHalf((high - low) / 2)}</span></td></tr>`,
)}
${group.marks.map(
  ({ name, value }) =>
    html`<tr class="ceiling"><th scope="row">${name}</th>${track(group, html``)}<td class="value">${format(value)} <span></span></td></tr>`,
)}</tbody>`,
)}</table>`;
}
