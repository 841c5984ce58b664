/**
 * @module
 * The style sheet that all pages share: one column of text, pictures in grids, charts, light and dark modes. A page adds
 * rules for the parts that no other page has.
 */
import { HEAT_GRADIENT } from '../inferno.js';
import { Html } from './html.js';

/** The rules, for a `style` element. */
export const STYLE = new Html(`
:root {
  color-scheme: light dark;
  --paper: #faf8f4; --card: #fff; --ink: #23201b; --soft: #6b6459; --rule: #e2dcd1;
  --lpips: #0b7a75; --other: #b4502b; --quiet: #b9b1a3; --third: #8a6d1f; --shade: rgb(60 45 20 / .08);
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #161513; --card: #201e1b; --ink: #ece7dd; --soft: #a49b8c; --rule: #37332d;
    --lpips: #4fc4ba; --other: #f0936a; --quiet: #6b645a; --third: #d8b95a; --shade: rgb(0 0 0 / .3);
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 17px/1.6 ui-serif, "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, serif;
}
main, header, footer { max-width: 1120px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 64px; }
h1, h2, h3, .eyebrow, table, figcaption, .badge, .tabs, .chart, .numbers, label {
  font-family: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
h1 { font-size: clamp(2.1rem, 6vw, 3.6rem); line-height: 1.05; letter-spacing: -.025em; margin: 0 0 20px; font-weight: 700; }
h2 { font-size: clamp(1.5rem, 3.6vw, 2.1rem); line-height: 1.15; letter-spacing: -.015em; margin: 0 0 12px; }
h3 { font-size: 1.05rem; margin: 0 0 6px; line-height: 1.3; }
p { max-width: 68ch; margin: 0 0 16px; }
section { padding: 56px 0 8px; }
section + section { border-top: 1px solid var(--rule); margin-top: 48px; }
a { color: inherit; text-underline-offset: 3px; text-decoration-color: var(--quiet); }
a:hover { text-decoration-color: currentColor; }
:focus-visible { outline: 3px solid var(--lpips); outline-offset: 3px; border-radius: 3px; }
.eyebrow { font-size: .8rem; letter-spacing: .08em; text-transform: uppercase; color: var(--soft); margin: 0 0 14px; }
.lead { font-size: 1.2rem; line-height: 1.5; }
.soft { color: var(--soft); }
.lpips { color: var(--lpips); } .other { color: var(--other); }
.badge {
  font-size: .88rem; line-height: 1.5; background: var(--card); border: 1px solid var(--rule); border-left: 4px solid var(--lpips);
  padding: 12px 16px; border-radius: 6px; max-width: 68ch; margin: 24px 0 0;
}
.terms { display: grid; grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); gap: 16px; margin: 28px 0 0; padding: 0; }
.terms div { border-top: 3px solid var(--quiet); padding-top: 10px; }
.terms div:last-child { border-color: var(--lpips); }
.terms dt { font: 600 1rem ui-sans-serif, system-ui, sans-serif; } .terms dd { margin: 4px 0 0; font-size: .97rem; line-height: 1.5; }
figure { margin: 0; }
img { display: block; width: 100%; height: auto; border-radius: 3px; background: var(--rule); }
figcaption { font-size: .84rem; line-height: 1.4; padding-top: 8px; }
figcaption strong { display: block; font-size: .95rem; }
.grid { display: grid; gap: 26px 18px; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); margin: 24px 0; }
.numbers { font-variant-numeric: tabular-nums; font-size: .84rem; color: var(--soft); }
.numbers b { color: var(--ink); font-weight: 600; }
.numbers b.lpips { color: var(--lpips); }
.bar { height: 5px; background: var(--rule); border-radius: 3px; margin-top: 6px; overflow: hidden; }
.bar i { display: block; height: 100%; background: var(--lpips); }
.pair img + img { margin-top: 4px; }
.scale { display: flex; align-items: center; gap: 10px; font: .84rem ui-sans-serif, system-ui, sans-serif; color: var(--soft); flex-wrap: wrap; }
.scale i { width: 180px; height: 10px; border-radius: 5px; background: ${HEAT_GRADIENT}; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 24px 48px; margin: 20px 0; }
.chart { width: 100%; max-width: 600px; height: auto; display: block; overflow: visible; }
.chart text { font-size: 13px; fill: var(--ink); }
.chart .heading { font-weight: 700; font-size: 14px; }
.chart .value { fill: var(--soft); font-size: 11.5px; font-variant-numeric: tabular-nums; }
.chart .grid { stroke: var(--rule); stroke-width: 1; }
.slope line { stroke-width: 2; } .slope circle { stroke: none; }
.slope.steady line { stroke: var(--quiet); stroke-width: 1.25; } .slope.steady circle { fill: var(--quiet); } .slope.steady text { fill: var(--soft); }
.slope.closer line { stroke: var(--lpips); } .slope.closer circle, .slope.closer text { fill: var(--lpips); }
.slope.further line { stroke: var(--other); } .slope.further circle, .slope.further text { fill: var(--other); }
.line polyline { fill: none; stroke-width: 2.5; stroke-linejoin: round; } .line text { font-weight: 600; }
.chart .mark { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 2 3; }
.line.lpips polyline { stroke: var(--lpips); } .line.lpips text { fill: var(--lpips); }
.line.other polyline { stroke: var(--other); } .line.other text { fill: var(--other); }
.line.third polyline { stroke: var(--third); stroke-dasharray: 5 4; } .line.third text { fill: var(--third); }
.line.quiet polyline { stroke: var(--quiet); } .line.quiet text { fill: var(--soft); }
.intervals { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .9rem; }
.intervals caption { text-align: left; color: var(--soft); font-size: .88rem; padding-bottom: 10px; }
.intervals th { text-align: left; font-weight: 400; white-space: nowrap; padding: 0 14px 0 0; width: 1%; }
.intervals .group th { font-weight: 700; padding-top: 20px; font-size: .95rem; } .intervals .group .soft { font-weight: 400; font-size: .84rem; }
.intervals .track { padding: 0; } .intervals svg { display: block; width: 100%; height: 24px; overflow: visible; }
.intervals .value { text-align: right; white-space: nowrap; padding-left: 14px; width: 1%; } .intervals .value span { color: var(--soft); font-size: .84em; display: inline-block; min-width: 2.8em; }
.intervals .grid { stroke: var(--rule); display: inline; } .intervals .mark { stroke: var(--ink); stroke-width: 1.5; } .intervals .mark.dotted { stroke-dasharray: 1 4; } .intervals .mark.dashed { stroke-dasharray: 5 3; stroke: var(--soft); }
.intervals .whisker { stroke-width: 2.5; stroke-linecap: round; }
.intervals .tone-lpips circle { fill: var(--lpips); } .intervals .tone-lpips .whisker { stroke: var(--lpips); } .intervals .tone-lpips th, .intervals .tone-lpips .value { color: var(--lpips); font-weight: 600; }
.intervals .tone-other circle { fill: var(--other); } .intervals .tone-other .whisker { stroke: var(--other); }
.intervals .tone-third circle { fill: var(--third); } .intervals .tone-third .whisker { stroke: var(--third); }
.intervals .tone-quiet circle { fill: var(--quiet); } .intervals .tone-quiet .whisker { stroke: var(--quiet); } .intervals .ceiling th, .intervals .ceiling .value { color: var(--soft); }
.axis { position: relative; height: 20px; color: var(--soft); font-size: .8rem; } .axis span { position: absolute; transform: translateX(-50%); }
.scroll { overflow-x: auto; margin: 16px 0 24px; padding-bottom: 8px; }
.sources { border-collapse: collapse; font-size: .92rem; width: 100%; }
.sources th, .sources td { text-align: left; padding: 9px 14px 9px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
ul { max-width: 68ch; padding-left: 1.2em; } li { margin-bottom: 8px; }
footer { padding: 40px 20px 64px; color: var(--soft); font-size: .92rem; }
@media (max-width: 640px) {
  body { font-size: 16px; }
  header { padding-top: 36px; }
  section { padding-top: 40px; }
  .grid { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 20px 12px; }
  .scale i { width: 110px; }
  .intervals th { max-width: 8.6em; overflow: hidden; text-overflow: ellipsis; padding-right: 10px; } .intervals .group th { max-width: none; } .intervals .value { padding-left: 10px; }
  .chart.lines text, .chart.lines .heading { font-size: 16px; } .chart.lines .value { font-size: 15px; }
  .sources thead { display: none; } .sources td { display: block; border: 0; padding: 1px 0; } .sources tr { display: block; padding: 10px 0; border-bottom: 1px solid var(--rule); }
}
`);
