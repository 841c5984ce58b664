/**
 * @module
 * Where the photographs come from, and what the numbers mean.
 */
import { LICENCE, PHOTOGRAPHS } from 'virtual:samples';
import { html } from 'lpips-pictures/page';
import { fill, find } from './dom.js';

/** @param isKept whether the page now works without a network */
export function showFooter(root: HTMLElement, isKept: Promise<boolean>): void {
  fill(
    root,
    html`<details class="sources-list"><summary>Photographs and their sources</summary>
<ul>${PHOTOGRAPHS.map(
      ({ author, title, year, source, packageName }) =>
        html`<li>${author}, <cite>${title}</cite>, ${year}; a square of it, reduced. <a href="${source}" rel="noreferrer">The J. Paul Getty Museum</a>,
by way of the npm package <code>${packageName}</code>. ${LICENCE}.</li>`,
    )}</ul></details>
<p>Distances order pictures; one alone means little. Compare only values of one net, one version and one picture size.
<span data-kept></span></p>`,
  );
  const kept = find(root, '[data-kept]', HTMLElement);
  void isKept.then((isThere) => {
    if (isThere) kept.textContent = 'Your browser keeps this page, so it opens without a network too.';
  });
}
