/**
 * @module
 * The rules of the page on which people judge, beside those that all pages share. The ground is a plain grey, the same on both
 * sides, so that no picture looks brighter for where it stands.
 */

/** Text of a style sheet. */
export const COLLECT_STYLE = `
:root { --paper: #e6e6e6; --card: #f6f6f6; --ink: #1b1b1b; --soft: #4c4c4c; --rule: #c4c4c4; --quiet: #767676; --lpips: #08605c; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #262626; --card: #343434; --ink: #f0f0f0; --soft: #bdbdbd; --rule: #4b4b4b; --quiet: #8d8d8d; --lpips: #6fd6cd; }
}
html, body { min-height: 100%; }
body { font-family: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1200px; padding: 20px 16px 24px; }
main > section { padding: 0; border: 0; margin: 0 auto; max-width: 640px; }
main > section + section { border: 0; margin-top: 0; }
main > #trial { max-width: none; text-align: center; }
[hidden] { display: none; }
h1 { font-size: clamp(1.25rem, 4.5vw, 1.9rem); line-height: 1.2; letter-spacing: -.01em; margin: 8px 0 16px; }
h1:focus { outline: none; }
.words { white-space: pre-line; }
label { font-weight: 600; }
input { font: 1.2rem ui-monospace, monospace; padding: 10px 12px; width: 14em; max-width: 100%; color: var(--ink); background: var(--card); border: 1px solid var(--quiet); border-radius: 8px; }
button {
  font: 600 1.05rem ui-sans-serif, system-ui, sans-serif; color: var(--ink); background: var(--card); min-height: 48px; min-width: 48px;
  border: 1px solid var(--quiet); border-radius: 10px; padding: 10px 22px; cursor: pointer; touch-action: manipulation;
}
button:hover:enabled { border-color: var(--ink); } button:disabled { color: var(--soft); cursor: default; }
button.primary { background: var(--lpips); border-color: var(--lpips); color: var(--paper); }
.row { display: flex; flex-wrap: wrap; gap: 12px; }
kbd { font: 600 .85em ui-monospace, monospace; border: 1px solid var(--quiet); border-radius: 5px; padding: 1px 7px; }
#pictures { display: flex; justify-content: center; align-items: center; gap: 12px; margin: 0 auto 16px; min-height: 64px; }
#pictures figure { flex: none; display: grid; }
#pictures img { grid-area: 1 / 1; width: auto; max-width: none; border-radius: 0; background: none; user-select: none; -webkit-user-drag: none; -webkit-touch-callout: none; }
#pictures img.enlarged { image-rendering: pixelated; }
#pictures .side img { cursor: pointer; }
#pictures img.away { visibility: hidden; }
#pictures.below { display: grid; grid-template-columns: auto auto; justify-content: center; }
#pictures.below .middle { grid-column: 1 / -1; grid-row: 1; justify-self: center; }
#answers { display: flex; justify-content: center; gap: 16px; }
#answers button { flex: 1 1 0; max-width: 15em; }
.progress { display: flex; align-items: center; justify-content: center; gap: 12px; margin: 20px auto 0; color: var(--soft); font-size: .9rem; font-variant-numeric: tabular-nums; }
progress { width: min(60%, 360px); height: 8px; appearance: none; border: 0; border-radius: 4px; overflow: hidden; background: var(--rule); }
progress::-webkit-progress-bar { background: var(--rule); } progress::-webkit-progress-value { background: var(--lpips); } progress::-moz-progress-bar { background: var(--lpips); }
#practice-note { margin: -8px auto 12px; font-size: .95rem; }
code { overflow-wrap: anywhere; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (hover: none) { kbd, .keys { display: none; } }
`;
