/**
 * @module
 * A distance as a number, what each tap adds as bars, and the heat map, which slides over the image.
 */
import { HEAT_GRADIENT, html } from 'lpips-pictures/page';
import { fill, find, show } from '../dom.js';
import type { Comparison } from '../worker/compare.js';

/** Below this a distance is rounding error of float32. */
const IDENTICAL = 1e-6;

/** Puts a comparison into the page, with a bitmap of its own on each canvas. */
export function showResult(numbers: HTMLElement, heat: HTMLElement, result: Comparison): void {
  const { distance, layers, top } = result;
  const largest = Math.max(...layers, 1e-12);
  fill(
    numbers,
    html`<p class="figure"><b data-distance>${told(distance)}</b><span class="soft">${distance < IDENTICAL ? 'identical, up to float noise' : 'from 0, lower is closer'}</span></p>
<table class="bars"><caption>What each tap of the net adds</caption><tbody>${layers.map(
      (layer, index) =>
        html`<tr><th scope="row">${index + 1}<span class="soft">${ends(index, layers.length)}</span></th>
<td><i style="width:${((100 * layer) / largest).toFixed(1)}%"></i></td><td class="value">${told(layer)}</td></tr>`,
    )}</tbody></table>`,
  );
  fill(
    heat,
    html`<div class="heat"><figure class="wipe"><canvas data-under aria-hidden="true"></canvas><canvas data-over role="img" aria-label="Heat map of the distance over the image"></canvas>
<input type="range" min="0" max="100" value="50" aria-label="How much of the image the heat map covers" aria-valuetext="50 percent"></figure>
<div><h3>Where they differ</h3><p>Slide the line: the pixels that add to the distance glow left of it, and the picture itself is right of it.</p>
<fieldset class="choice"><legend>Right of the line</legend><label><input type="radio" name="under" value="image" checked> Image</label>
<label><input type="radio" name="under" value="reference"> Reference</label></fieldset>
<p class="scale"><span>0</span><i></i><span>${told(top)}</span></p></div></div>`,
  );
  find(heat, '.scale i', HTMLElement).style.background = HEAT_GRADIENT;
  const [under, over] = [
    find(heat, '[data-under]', HTMLCanvasElement),
    find(heat, '[data-over]', HTMLCanvasElement),
  ];
  const wipe = find(heat, '.wipe', HTMLElement);
  show(over, result.heat);
  const pictures = { image: result.image, reference: result.reference };
  const draw = (name: keyof typeof pictures) => {
    under.width = pictures[name].width;
    under.height = pictures[name].height;
    under.getContext('2d')?.drawImage(pictures[name], 0, 0);
  };
  draw('image');
  const slider = find(heat, 'input[type=range]', HTMLInputElement);
  slider.addEventListener('input', () => {
    wipe.style.setProperty('--place', `${slider.value}%`);
    slider.setAttribute('aria-valuetext', `${slider.value} percent`);
  });
  find(heat, '.choice', HTMLElement).addEventListener('change', ({ target }) => {
    if (target instanceof HTMLInputElement) draw(target.value === 'reference' ? 'reference' : 'image');
  });
}

function told(value: number): string {
  return value.toFixed(4);
}

function ends(index: number, count: number): string {
  if (index === 0) return ' finest';
  return index === count - 1 ? ' coarsest' : '';
}
