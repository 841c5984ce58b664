/**
 * @module
 * The rules of the gallery, beside those that all pages share.
 */
import { Html } from 'lpips-pictures/page';

/** For a `style` element. */
export const GALLERY_STYLE = new Html(`
main { max-width: 1400px; } header, footer { max-width: 1400px; }
code { font-size: .88em; overflow-wrap: anywhere; }
.contents { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
.contents th, .contents td { text-align: left; padding: 6px 18px 6px 0; border-bottom: 1px solid var(--rule); overflow-wrap: anywhere; }
.contents td:last-child { text-align: right; padding-right: 0; white-space: nowrap; }
.failure h2 { overflow-wrap: anywhere; }
.failure.accepted .viewer, .failure.accepted .limits { opacity: .45; }
.where { color: var(--soft); font-size: .92rem; overflow-wrap: anywhere; max-width: none; }
.limits { display: flex; flex-wrap: wrap; gap: 6px 28px; margin: 0 0 16px; padding: 0; font: .9rem ui-sans-serif, system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.limits div { display: flex; gap: 8px; } .limits dt { color: var(--soft); } .limits dd { margin: 0; }
.limits .above dd { color: var(--other); font-weight: 650; }
button {
  font: 600 .88rem ui-sans-serif, system-ui, sans-serif; color: var(--ink); background: var(--card);
  border: 1px solid var(--quiet); border-radius: 6px; padding: 8px 14px; cursor: pointer;
}
button:hover:enabled { border-color: var(--ink); } button:disabled { color: var(--soft); cursor: default; }
.accept, .accept-all { background: var(--lpips); border-color: var(--lpips); color: var(--paper); }
.accept:disabled, .accept-all:disabled { background: none; border-color: var(--rule); }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: 10px 16px; margin: 16px 0 0; font-size: .92rem; }
.modes, .split { display: none; }
.scripted .modes { display: inline-flex; flex-wrap: wrap; margin: 0 0 12px; gap: 6px; }
.modes button[aria-pressed="true"] { background: var(--ink); color: var(--paper); border-color: var(--ink); }
.viewer { --split: 50%; }
.stage { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 18px; align-items: start; }
.viewer figcaption { color: var(--soft); padding: 0 0 6px; }
.viewer img { border: 1px solid var(--rule); border-radius: 0; background: repeating-conic-gradient(var(--rule) 0 25%, var(--card) 0 50%) 0 0 / 16px 16px; }
.viewer img.enlarged { image-rendering: pixelated; }
.viewer:is([data-mode="slide"], [data-mode="blink"]) .stage { position: relative; display: block; }
.viewer:is([data-mode="slide"], [data-mode="blink"]) .heat { display: none; }
.viewer:is([data-mode="slide"], [data-mode="blink"]) figcaption { display: none; }
.viewer:is([data-mode="slide"], [data-mode="blink"]) .actual { position: absolute; inset: 0 0 auto 0; }
.viewer[data-mode="slide"] .actual { clip-path: inset(0 0 0 var(--split)); }
.viewer[data-mode="slide"] .stage::after {
  content: ""; position: absolute; top: 0; bottom: 0; left: var(--split); border-left: 2px solid var(--other); pointer-events: none;
}
.viewer[data-mode="slide"] .split { display: block; width: 100%; margin: 10px 0 0; accent-color: var(--other); }
.viewer[data-mode="blink"] .actual { animation: blink 1.2s steps(1) infinite; }
@keyframes blink { 50% { visibility: hidden; } }
.viewer[data-mode="heat"] :is(.expected, .actual) { display: none; }
.viewer[data-mode="side"] .stage { max-width: calc(var(--count) * (var(--shown-width) + 18px)); }
.viewer:not([data-mode="side"]) :is(.stage, .split) { max-width: var(--shown-width); }
`);
