/**
 * @module
 * Two distorted copies side by side, and which of them each measure prefers.
 */
import { html } from 'lpips-pictures/page';
import { fill, find, show } from '../dom.js';
import type { Distorted } from '../worker/engine.js';
import { MEASURE_NAMES, MEASURES } from './measure-cards.js';

/** A copy and its measures. */
export interface Duellist extends Distorted {
  readonly name: string;
}

/** Shows two copies; their bitmaps belong to the page from then on. */
export function showDuel(root: HTMLElement, [a, b]: readonly [Duellist, Duellist]): void {
  const prefersFirst = {
    lpips: a.lpips < b.lpips,
    psnr: a.psnr > b.psnr,
    ssim: a.ssim > b.ssim,
  };
  fill(
    root,
    html`<div class="card duel-of-two" role="group" aria-label="Which is closer to the original?">
${[a, b].map(
  ({ name }, index) =>
    html`<figure><canvas role="img" aria-label="${name}"></canvas><figcaption><strong>${name}</strong></figcaption></figure>${
      index === 0
        ? html`<table class="verdicts"><caption>Which is closer?</caption><tbody>${MEASURE_NAMES.map((id) => {
            const { name: measure, tell, tone } = MEASURES[id];
            return html`<tr class="tone-${tone}"><td class="${prefersFirst[id] ? 'wins' : ''}">${tell(a[id])}</td><th scope="row">${measure}</th><td class="${prefersFirst[id] ? '' : 'wins'}">${tell(b[id])}</td></tr>`;
          })}</tbody></table>`
        : undefined
    }`,
)}
<p class="outcome" role="status">${outcome(prefersFirst, a.name, b.name)}</p></div>`,
  );
  const [left, right] = root.querySelectorAll('canvas');
  if (left) show(left, a.picture);
  if (right) show(right, b.picture);
  find(root, '.duel-of-two', HTMLElement).scrollIntoView({ block: 'nearest' });
}

function outcome(prefersFirst: Readonly<Record<string, boolean>>, first: string, second: string): string {
  const chosen = (isFirst: boolean) =>
    MEASURE_NAMES.filter((id) => prefersFirst[id] === isFirst).map((id) => MEASURES[id].name);
  const sentence = (names: readonly string[], choice: string) =>
    names.length === 0
      ? ''
      : `${names.join(' and ')} ${names.length > 1 ? 'prefer' : 'prefers'} “${choice}”. `;
  return `${sentence(chosen(true), first)}${sentence(chosen(false), second)}And you?`;
}
