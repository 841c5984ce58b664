/**
 * @module
 * A distance as a number, and where it stands on a scale of changes that everybody knows.
 */
import { html } from 'lpips-pictures/page';
import { fill, find } from '../dom.js';
import type { Comparison } from '../worker/compare.js';
import type { Instrument } from '../worker/engine.js';
import { likenessOf, type Rung, scaleOf } from './scale.js';

/** Below this a distance is rounding error of float32. */
const IDENTICAL = 1e-6;

/**
 * Puts the number of a comparison into the page.
 *
 * @param onAsked called where the visitor asks what measured it
 */
export function showResult(
  root: HTMLElement,
  { distance }: Comparison,
  instrument: Instrument,
  onAsked: () => void,
): void {
  const scale = scaleOf(instrument);
  const likeness = distance < IDENTICAL ? 'The pictures are identical.' : likenessOf(distance, scale);
  fill(
    root,
    html`<div class="verdict-of-two"><p class="figure"><b data-distance>${distance.toFixed(4)}</b></p>
<p class="likeness" data-likeness>${likeness}</p></div>
${scale.length === 0 ? undefined : ladder(scale, distance)}
<p class="soft note">From 0; lower is closer. Bars show its square root. Measured by <button type="button" class="link" data-how>${instrument.title}</button>.</p>`,
  );
  find(root, '[data-how]', HTMLElement).addEventListener('click', onAsked);
}

/** The known changes and the distance among them, the closest first. */
function ladder(scale: readonly Rung[], distance: number) {
  const own = { like: 'These two pictures', distance, isOwn: true };
  const rungs = [...scale.map((rung) => ({ ...rung, isOwn: false })), own].toSorted(
    (a, b) => a.distance - b.distance,
  );
  const most = Math.max(...rungs.map((rung) => rung.distance));
  // The square root gives room to the small distances, where most of the scale lies.
  const width = (value: number) => (100 * Math.sqrt(value / most)).toFixed(1);
  return html`<table class="ladder"><caption>Beside changes that you know</caption><tbody>${rungs.map(
    ({ like, distance: value, isOwn }) =>
      html`<tr class="${isOwn ? 'own' : ''}"><th scope="row">${like}</th><td><i style="width:${width(value)}%"></i></td><td class="value">${value.toFixed(isOwn ? 4 : 3)}</td></tr>`,
  )}</tbody></table>`;
}
