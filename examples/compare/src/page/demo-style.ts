/**
 * @module
 * What the demo's page adds to the shared style sheet: tabs, a switch from pictures to heat maps, duels, film strips.
 */
import { Html } from 'lpips-pictures/page';

export const DEMO_STYLE = new Html(`
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
.contents ol { display: flex; flex-wrap: wrap; gap: 6px 22px; list-style: none; margin: 26px 0 0; padding: 0; max-width: none; font: .95rem ui-sans-serif, system-ui, sans-serif; }
.contents li { margin: 0; }
.more summary { cursor: pointer; font: 600 1rem ui-sans-serif, system-ui, sans-serif; padding: 10px 0; }
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
.frames { border-collapse: separate; border-spacing: 6px; font-size: .8rem; min-width: 900px; width: 100%; margin: 0 -6px; table-layout: fixed; }
.frames th { text-align: left; font-weight: 600; vertical-align: middle; width: 84px; line-height: 1.3; }
.frames thead th { color: var(--soft); font-weight: 400; width: auto; }
.frames thead th:first-child { width: 84px; }
.frames td { vertical-align: top; padding: 0; }
.frames .numbers { display: block; padding-top: 3px; font-size: .76rem; line-height: 1.35; }
.heat-picture { display: none; }
@supports selector(:has(a)) {
  .panel { display: none; }
  :root:has(#show-heat:checked) .gallery .heat-picture { display: block; }
  :root:has(#show-heat:checked) .gallery .photograph { display: none; }
}
@media (max-width: 640px) {
  .tabs { grid-template-columns: repeat(3, 1fr); }
  .duel { padding: 14px; } .duel-grid { grid-template-columns: 1fr 1fr; gap: 10px; }
  .duel-grid .original { grid-column: 1 / -1; grid-row: 1; }
  .duel-grid .left, .duel-grid .right { grid-row: 3; } .duel-grid .right { grid-column: 2; }
  .verdict { grid-column: 1 / -1; grid-row: 4; grid-template-columns: 1fr 1fr; gap: 10px; font-size: .88rem; padding-top: 6px; }
  .frames { min-width: 760px; } .frames th, .frames thead th:first-child { width: 58px; }
  .trio.large { grid-template-columns: 1fr; gap: 20px; }
}
@media print { .panel { display: block !important; } }
`);
