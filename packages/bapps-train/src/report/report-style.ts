/**
 * @module
 * Additions of the report to the shared style sheet: facts, head profiles, disagreements, tables of several runs.
 */
import { Html } from 'lpips-pictures/page';

export const REPORT_STYLE = new Html(`
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 14px 24px; margin: 28px 0 0; padding: 16px 0 0; border-top: 1px solid var(--rule); font-family: ui-sans-serif, system-ui, sans-serif; }
.facts .long { grid-column: 1 / -1; max-width: 68ch; }
.facts dt { font-size: .8rem; color: var(--soft); } .facts dd { margin: 0; font-size: .95rem; line-height: 1.35; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.key { font: .88rem ui-sans-serif, system-ui, sans-serif; display: flex; align-items: center; flex-wrap: wrap; gap: 6px 8px; }
.key .stroke { margin-left: 16px; }
.swatch { display: inline-block; width: 18px; height: 10px; } .swatch.area { background: var(--lpips); opacity: .55; } .swatch.stroke { height: 0; border-top: 2.5px solid var(--other); }
.profiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 26px 28px; margin: 20px 0; }
.profile svg { display: block; width: 100%; height: 100px; border-bottom: 1px solid var(--quiet); overflow: visible; }
.profile .area { fill: var(--lpips); opacity: .55; } .profile .stroke { fill: none; stroke: var(--other); stroke-width: 2; vector-effect: non-scaling-stroke; }
.profile .numbers { display: block; }
.duels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 330px), 1fr)); gap: 20px; margin-top: 24px; }
.duel { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 16px; box-shadow: 0 1px 3px var(--shade); }
.duel h3 { margin-bottom: 10px; } .duel h3 .soft { font-weight: 400; font-size: .84rem; }
.triplet { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 8px; text-align: center; }
.triplet img { image-rendering: pixelated; } .triplet figcaption { padding-top: 5px; }
.votes { height: 8px; border-radius: 4px; background: var(--quiet); overflow: hidden; margin-top: 10px; } .votes i { display: block; height: 100%; background: var(--other); } .votes i.right { margin-left: auto; }
.wide { overflow-x: auto; }
.compared { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; min-width: 60%; }
.compared th, .compared td { text-align: left; vertical-align: top; padding: 7px 22px 7px 10px; border-bottom: 1px solid var(--rule); font-weight: 400; overflow-wrap: anywhere; }
.compared thead th { font-weight: 700; } .compared tbody th { color: var(--soft); white-space: nowrap; }
.compared .differs { background: color-mix(in srgb, var(--lpips) 12%, transparent); } .compared td .numbers { display: block; }
.said { display: flex; justify-content: space-between; margin: 5px 0 0; max-width: none; }
`);
