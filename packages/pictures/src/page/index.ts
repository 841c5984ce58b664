export { HEAT_GRADIENT } from '../inferno.js';
export {
  type Line,
  type LineChartOptions,
  lineChart,
  type SlopeRow,
  slopeChart,
  type Tone,
} from './charts.js';
export { type PageDocument, renderDocument } from './document.js';
export { Html, html } from './html.js';
export {
  type IntervalGroup,
  type IntervalRow,
  type IntervalTableOptions,
  intervalTable,
} from './interval-table.js';
export { STYLE } from './style.js';
