export { type Line, type LineChartOptions, lineChart, type Tone } from './charts.js';
export { HEAT_GRADIENT } from './heat-colours.js';
export { Html, html } from './html.js';
