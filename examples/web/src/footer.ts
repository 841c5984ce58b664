/**
 * @module
 * Where the photographs come from, and whether the page opens without a network.
 */
import { PHOTOGRAPHS } from 'virtual:samples';
import { html } from 'lpips-pictures/page';
import { fill, find } from './dom.js';

/** @param isKept whether the page now works without a network */
export function showFooter(root: HTMLElement, isKept: Promise<boolean>): void {
  fill(
    root,
    html`<details class="sources-list"><summary>Photographs and their sources</summary>
<ul>${PHOTOGRAPHS.map(
      ({ caption, source, publisher, via, licence }) =>
        html`<li>${caption}; a square of it, resized. <a href="${source}" rel="noreferrer">${publisher}</a>, by way of ${via}. ${
          licence === 'CC BY 2.0'
            ? html`<a href="https://creativecommons.org/licenses/by/2.0/" rel="noreferrer license">${licence}</a>`
            : licence
        }.</li>`,
    )}</ul></details>
<p>LPIPS is by Zhang et al., 2018. This page computes everything on your device, and no picture leaves it. <span data-kept></span></p>`,
  );
  const kept = find(root, '[data-kept]', HTMLElement);
  void isKept.then((isThere) => {
    if (isThere) kept.textContent = 'Your browser keeps this page, so it opens without a network too.';
  });
}
