/**
 * @module
 * Two small charts as inline SVG: a slope chart of two rankings, and lines over steps. Their colours come from the
 * style sheet of the page and follow its light and dark modes.
 *
 * They are drawn by hand because the chart libraries that draw without a browser bring a DOM or megabytes of code, and
 * draw at a fixed width, so that words shrink on a phone.
 */
import { checkList, checkParts, checkType } from './check-parts.js';
import { type Html, html } from './html.js';

/** A row of a slope chart. */
export interface SlopeRow {
  readonly name: string;
  /** place in the left ranking; 1 is the top */
  readonly left: number;
  /** place in the right ranking */
  readonly right: number;
  /** what is written beside the name on the left */
  readonly leftValue: string;
  readonly rightValue: string;
}

/** A colour of the style sheet. */
export type Tone = 'lpips' | 'other' | 'third' | 'quiet';

/** A line of a line chart. */
export interface Line {
  readonly name: string;
  readonly tone: Tone;
  /** `[x, y]`; the line is not drawn while there are none */
  readonly points: readonly (readonly [number, number])[];
}

const ROW = 25;
const TOP = 46;
const SLOPE = { width: 460, left: 178, right: 282 } as const;
/** A move by at least this many places is coloured. */
const NOTABLE = 4;

/**
 * Two columns of names that are joined by lines; names that move far are coloured by direction.
 *
 * @throws LpipsError for arguments of another kind
 */
export function slopeChart(
  heading: { readonly left: string; readonly right: string },
  rows: readonly SlopeRow[],
  label: string,
): Html {
  checkParts('slopeChart', 'heading', heading, ['left', 'right']);
  checkList('slopeChart', 'rows', rows);
  checkType('slopeChart', 'label', label, 'string');
  const y = (place: number) => TOP + (place - 0.5) * ROW;
  const height = TOP + rows.length * ROW + 4;
  const drawn = rows
    .toSorted((a, b) => Math.abs(a.left - a.right) - Math.abs(b.left - b.right))
    .map(({ name, left, right, leftValue, rightValue }) => {
      const move = left - right;
      const direction = Math.abs(move) < NOTABLE ? 'steady' : move > 0 ? 'closer' : 'further';
      return html`<g class="slope ${direction}"><title>${name}: place ${left} by ${heading.left}, place ${right} by ${heading.right}</title>
<line x1="${SLOPE.left + 6}" y1="${y(left)}" x2="${SLOPE.right - 6}" y2="${y(right)}"/>
<circle cx="${SLOPE.left + 6}" cy="${y(left)}" r="3"/><circle cx="${SLOPE.right - 6}" cy="${y(right)}" r="3"/>
<text x="${SLOPE.left - 4}" y="${y(left) + 4}" text-anchor="end">${name} <tspan class="value">${leftValue}</tspan></text>
<text x="${SLOPE.right + 4}" y="${y(right) + 4}"><tspan class="value">${rightValue}</tspan> ${name}</text></g>`;
    });
  return html`<svg class="chart" viewBox="0 0 ${SLOPE.width} ${height}" role="img" aria-label="${label}">
<text class="heading" x="${SLOPE.left - 4}" y="16" text-anchor="end">${heading.left}</text>
<text class="heading" x="${SLOPE.right + 4}" y="16">${heading.right}</text>
<text class="value" x="${SLOPE.left - 4}" y="34" text-anchor="end">closest</text>
<text class="value" x="${SLOPE.right + 4}" y="34">closest</text>
${drawn}</svg>`;
}

/** How a line chart is drawn. */
export interface LineChartOptions {
  readonly title: string;
  readonly xName: string;
  readonly label: string;
  /** How the numbers beside the vertical axis are written. Default: with the decimals that their step needs. */
  readonly format?: (value: number) => string;
  /** The values that the vertical axis covers at least, so that charts can share it. Default: those of the points. */
  readonly yRange?: readonly [low: number, high: number];
  /** `small` is for a column of a third of the page and writes no names at the ends of lines. Default `wide`. */
  readonly size?: keyof typeof PLOTS;
  /** Where the horizontal axis ends. Default: at the last point, but at least at 1. */
  readonly xMost?: number;
  /** How the numbers under the horizontal axis are written. Default: rounded to whole numbers. */
  readonly formatX?: (value: number) => string;
  /** Where a vertical line stands. Default: there is none. */
  readonly mark?: number;
}

const LINE_CHART_OPTIONS = [
  'title',
  'xName',
  'label',
  'format',
  'yRange',
  'size',
  'xMost',
  'formatX',
  'mark',
] as const satisfies (keyof LineChartOptions)[];

const PLOTS = {
  wide: { width: 460, height: 250, left: 46, right: 96, top: 34, bottom: 38 },
  small: { width: 300, height: 190, left: 50, right: 20, top: 14, bottom: 46 },
} as const;

/**
 * Draws lines with their names at their ends.
 *
 * @throws LpipsError for arguments of another kind
 */
export function lineChart(lines: readonly Line[], options: LineChartOptions): Html {
  checkList('lineChart', 'lines', lines);
  checkParts('lineChart', 'options', options, LINE_CHART_OPTIONS);
  if (options.format !== undefined) checkType('lineChart', 'format', options.format, 'function');
  const {
    title,
    xName,
    format,
    label,
    yRange = [],
    size = 'wide',
    xMost,
    formatX = Math.round,
    mark,
  } = options;
  const PLOT = PLOTS[size];
  const drawn = lines.flatMap((line) => line.points.slice(-1).map(([, end]) => ({ ...line, end })));
  const xs = drawn.flatMap(({ points }) => points.map(([x]) => x));
  const ys = [...yRange, ...drawn.flatMap(({ points }) => points.map(([, y]) => y))];
  const xMax = xMost ?? Math.max(...xs, 1);
  const { ticks, decimals } = ys.length === 0 ? { ticks: [0, 1], decimals: 0 } : niceTicks(ys);
  const write = format ?? ((tick: number) => tick.toFixed(decimals));
  const [low, high] = [Math.min(...ticks), Math.max(...ticks)];
  const x = (value: number) => PLOT.left + (value / xMax) * (PLOT.width - PLOT.left - PLOT.right);
  const y = (value: number) =>
    PLOT.height - PLOT.bottom - ((value - low) / (high - low)) * (PLOT.height - PLOT.top - PLOT.bottom);
  const labelled = drawn.map((line) => ({ ...line, labelY: y(line.end) }));
  spreadLabels(labelled, 15, PLOT.height - PLOT.bottom);
  const nameOf = (name: string, labelY: number) =>
    size === 'wide' ? html`<text x="${x(xMax) + 7}" y="${labelY + 4}">${name}</text>` : undefined;
  return html`<svg class="chart lines ${size}" viewBox="0 0 ${PLOT.width} ${PLOT.height}" role="img" aria-label="${label}">
${title === '' ? undefined : html`<text class="heading" x="0" y="14">${title}</text>`}
${ticks.map(
  (
    tick,
  ) => html`<line class="grid" x1="${PLOT.left}" x2="${PLOT.width - PLOT.right}" y1="${y(tick)}" y2="${y(tick)}"/>
<text class="value" x="${PLOT.left - 6}" y="${y(tick) + 4}" text-anchor="end">${write(tick)}</text>`,
)}
${[...new Set([0, Math.round(xMax / 2), xMax])].map(
  (tick) =>
    html`<text class="value" x="${x(tick)}" y="${PLOT.height - PLOT.bottom + 18}" text-anchor="middle">${formatX(tick)}</text>`,
)}
<text class="value" x="${x(xMax / 2)}" y="${PLOT.height - 4}" text-anchor="middle">${xName}</text>
${mark === undefined ? undefined : html`<line class="mark" x1="${x(mark)}" x2="${x(mark)}" y1="${PLOT.top}" y2="${PLOT.height - PLOT.bottom}"/>`}
${labelled.map(
  ({ name, tone, points, labelY }) => html`<g class="line ${tone}"><title>${name}</title>
<polyline points="${points.map(([px, py]) => `${x(px).toFixed(1)},${y(py).toFixed(1)}`).join(' ')}"/>
${nameOf(name, labelY)}</g>`,
)}</svg>`;
}

/** Four to seven round numbers around values, and how many decimals tell them apart. */
function niceTicks(values: readonly number[]): { ticks: number[]; decimals: number } {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const rough = (Math.max(high - low, 1e-6 * Math.abs(high)) || 1) / 4;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * magnitude).find((size) => size >= rough) ?? rough;
  const first = Math.floor(low / step);
  const last = Math.max(Math.ceil(high / step), first + 1);
  return {
    ticks: Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step),
    decimals: decimalsOf(step),
  };
}

/** Decimals that write a step in full: 2 for 0.25. */
function decimalsOf(step: number): number {
  let decimals = 0;
  // The arithmetic of floats leaves an error far behind the last decimal of a round step.
  while (decimals < 10 && Math.abs(Number(step.toFixed(decimals)) / step - 1) > 1e-6) decimals++;
  return decimals;
}

/** Moves labels apart until they stand at least `gap` from each other and none stands below `bottom`. */
function spreadLabels(labels: readonly { labelY: number }[], gap: number, bottom: number): void {
  const downwards = labels.toSorted((a, b) => a.labelY - b.labelY);
  let limit = Number.NEGATIVE_INFINITY;
  for (const label of downwards) {
    limit = Math.max(label.labelY, limit + gap);
    label.labelY = limit;
  }
  limit = bottom + gap;
  for (const label of downwards.toReversed()) {
    limit = Math.min(label.labelY, limit - gap);
    label.labelY = limit;
  }
}
