/**
 * @module
 * Where two pictures differ: the heat map, which slides over the image, and what each detail level of the net adds.
 */
import { HEAT_GRADIENT, html } from 'lpips-pictures/page';
import { fill, find, show } from '../dom.js';
import type { Comparison } from '../worker/compare.js';

/** Shows where the pictures of a comparison differ, with a bitmap of its own on each canvas. */
export function showHeat(root: HTMLElement, result: Comparison): void {
  const { layers, top } = result;
  const largest = Math.max(...layers, 1e-12);
  fill(
    root,
    html`<h3>Where they differ</h3>
<figure class="wipe"><canvas data-under aria-hidden="true"></canvas><canvas data-over role="img" aria-label="Heat map of the distance over the image"></canvas>
<input type="range" min="0" max="100" value="50" aria-label="How much of the image the heat map covers" aria-valuetext="50 percent"></figure>
<div class="heat-legend"><p class="scale"><span>0</span><i></i><span>${told(top)}</span></p>
<fieldset class="choice"><legend>Right of the line</legend><label><input type="radio" name="under" value="image" checked> Image</label>
<label><input type="radio" name="under" value="reference"> Reference</label></fieldset></div>
<table class="bars"><caption>What each detail level adds</caption><tbody>${layers.map(
      (layer, index) =>
        html`<tr><th scope="row">${index + 1}<span class="soft">${ends(index, layers.length)}</span></th>
<td><i style="width:${((100 * layer) / largest).toFixed(1)}%"></i></td><td class="value">${told(layer)}</td></tr>`,
    )}</tbody></table>`,
  );
  find(root, '.scale i', HTMLElement).style.background = HEAT_GRADIENT;
  const under = find(root, '[data-under]', HTMLCanvasElement);
  const wipe = find(root, '.wipe', HTMLElement);
  show(find(root, '[data-over]', HTMLCanvasElement), result.heat);
  const pictures = { image: result.image, reference: result.reference };
  const draw = (name: keyof typeof pictures) => {
    under.width = pictures[name].width;
    under.height = pictures[name].height;
    under.getContext('2d')?.drawImage(pictures[name], 0, 0);
  };
  draw('image');
  const slider = find(root, 'input[type=range]', HTMLInputElement);
  slider.addEventListener('input', () => {
    wipe.style.setProperty('--place', `${slider.value}%`);
    slider.setAttribute('aria-valuetext', `${slider.value} percent`);
  });
  find(root, '.choice', HTMLElement).addEventListener('change', ({ target }) => {
    if (target instanceof HTMLInputElement) draw(target.value === 'reference' ? 'reference' : 'image');
  });
}

/** Shows nothing. */
export function clearHeat(root: HTMLElement): void {
  fill(root, html`<div class="no-heat soft">Two pictures of one size show here where they differ.</div>`);
}

function told(value: number): string {
  return value.toFixed(4);
}

function ends(index: number, count: number): string {
  if (index === 0) return ' finest';
  return index === count - 1 ? ' coarsest' : '';
}
