/**
 * @module
 * The page's style sheet: one column of text, pictures in grids, light and dark.
 */
import { Html } from './html.js';
import { HEAT_GRADIENT } from './pictures.js';

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
.tabs { border: 0; padding: 0; margin: 24px 0 28px; display: grid; grid-template-columns: repeat(6, 1fr); gap: 10px; min-width: 0; }
.tabs legend { font-size: .88rem; color: var(--soft); padding: 0 0 10px; }
.tabs label { position: relative; cursor: pointer; font-size: .84rem; text-align: center; line-height: 1.3; }
.tabs img { opacity: .55; transition: opacity .15s; margin-bottom: 5px; }
.tabs input { position: absolute; inset: 0; opacity: 0; margin: 0; width: 100%; height: 100%; cursor: pointer; }
.tabs input:checked ~ img { opacity: 1; outline: 3px solid var(--lpips); outline-offset: 2px; }
.tabs input:focus-visible ~ img { opacity: 1; outline: 3px dashed var(--ink); outline-offset: 2px; }
.tabs label:hover img { opacity: .85; }
.switch { display: inline-flex; gap: 9px; align-items: center; font-size: .95rem; cursor: pointer; }
.switch input { width: 18px; height: 18px; accent-color: var(--lpips); }
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
.line.mse polyline { stroke: var(--other); } .line.mse text { fill: var(--other); }
.line.l1 polyline { stroke: var(--third); stroke-dasharray: 5 4; } .line.l1 text { fill: var(--third); }
.line.l1-lpips polyline { stroke: var(--lpips); } .line.l1-lpips text { fill: var(--lpips); }
.duel { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 20px; margin: 0 0 28px; box-shadow: 0 1px 3px var(--shade); }
.trio { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 14px; }
.trio.large { max-width: 1120px; }
.duels { margin-top: 20px; }
.duel h3 { margin-bottom: 14px; font-size: 1.15rem; }
.duel-grid { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 12px 14px; align-items: start; }
.duel-grid .left { grid-column: 1; } .duel-grid .right { grid-column: 3; }
.verdict { margin: 0; align-self: center; display: grid; gap: 18px; font: .95rem/1.5 ui-sans-serif, system-ui, sans-serif; text-align: center; font-variant-numeric: tabular-nums; }
.verdict dt { font-weight: 700; } .verdict dd { margin: 0; color: var(--soft); } .verdict b { font-size: 1.1em; } .verdict span { white-space: nowrap; }
.legend { margin-top: 14px; padding: 14px; border: 1px dashed var(--quiet); border-radius: 6px; }
.legend p { font: .84rem/1.4 ui-sans-serif, system-ui, sans-serif; margin: 8px 0 0; }
.controls { display: flex; flex-wrap: wrap; gap: 10px 36px; align-items: center; margin: 0 0 36px; }
.scroll { overflow-x: auto; margin: 16px 0 24px; padding-bottom: 8px; }
.frames { border-collapse: separate; border-spacing: 6px; font-size: .8rem; min-width: 900px; width: 100%; margin: 0 -6px; table-layout: fixed; }
.frames th { text-align: left; font-weight: 600; vertical-align: middle; width: 84px; line-height: 1.3; }
.frames thead th { color: var(--soft); font-weight: 400; width: auto; }
.frames thead th:first-child { width: 84px; }
.frames td { vertical-align: top; padding: 0; }
.frames .numbers { display: block; padding-top: 3px; font-size: .76rem; line-height: 1.35; }
.sources { border-collapse: collapse; font-size: .92rem; width: 100%; }
.sources th, .sources td { text-align: left; padding: 9px 14px 9px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
ul { max-width: 68ch; padding-left: 1.2em; } li { margin-bottom: 8px; }
footer { padding: 40px 20px 64px; color: var(--soft); font-size: .92rem; }
.heat-picture { display: none; }
@supports selector(:has(a)) {
  .panel { display: none; }
  :root:has(#show-heat:checked) .gallery .heat-picture { display: block; }
  :root:has(#show-heat:checked) .gallery .photograph { display: none; }
}
@media (max-width: 640px) {
  body { font-size: 16px; }
  header { padding-top: 36px; }
  section { padding-top: 40px; }
  .grid { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 20px 12px; }
  .tabs { grid-template-columns: repeat(3, 1fr); }
  .duel { padding: 14px; } .duel-grid { grid-template-columns: 1fr 1fr; gap: 10px; }
  .duel-grid .original { grid-column: 1 / -1; grid-row: 1; }
  .duel-grid .left, .duel-grid .right { grid-row: 3; } .duel-grid .right { grid-column: 2; }
  .verdict { grid-column: 1 / -1; grid-row: 4; grid-template-columns: 1fr 1fr; gap: 10px; font-size: .88rem; padding-top: 6px; }
  .scale i { width: 110px; }
  .frames { min-width: 760px; } .frames th, .frames thead th:first-child { width: 58px; }
  .trio.large { grid-template-columns: 1fr; gap: 20px; }
  .sources thead { display: none; } .sources td { display: block; border: 0; padding: 1px 0; } .sources tr { display: block; padding: 10px 0; border-bottom: 1px solid var(--rule); }
}
@media print { .panel { display: block !important; } }
`);
