/**
 * @module
 * Draws the weights of the heads, tap by tap: sorted from the largest to the smallest, as a share of the largest. It
 * says how many are zero. Other heads, such as those before training, are drawn as a line over them.
 */
import { at } from 'lpips-core';
import { type Html, html } from 'lpips-pictures/page';

/** The head weights of one tap. */
export interface TapWeights {
  readonly weights: Float32Array;
  /** As many weights to compare with. */
  readonly compared?: Float32Array;
}

/** One card for each tap. `compared` names the line. */
export function headProfiles(taps: readonly TapWeights[], name: string, compared: string | undefined): Html {
  const legend = html`<p class="soft key"><span class="swatch area"></span>${name}${
    compared === undefined ? undefined : html`<span class="swatch stroke"></span>${compared}`
  }</p>`;
  return html`${legend}<div class="profiles">${taps.map((tap, index) => card(tap, index, name, compared))}</div>`;
}

const SIZE = { width: 200, height: 70 } as const;

function card(
  { weights, compared }: TapWeights,
  index: number,
  name: string,
  other: string | undefined,
): Html {
  const count = weights.length;
  const zero = weights.filter((weight) => weight === 0).length;
  const largest = Math.max(...weights, Number.MIN_VALUE);
  const half = channelsOfHalf(weights);
  const line =
    compared === undefined ? undefined : html`<polyline class="stroke" points="${stairs(compared)}"/>`;
  const label = `Weights of tap ${index + 1}, sorted: ${count} channels, the largest ${largest.toPrecision(2)}, ${zero} zero, half of the sum in ${half}${
    other === undefined ? '' : `; beside them ${other}`
  }.`;
  return html`<figure class="profile"><svg viewBox="0 0 ${SIZE.width} ${SIZE.height}" preserveAspectRatio="none" role="img" aria-label="${label}"><title>${name}, tap ${index + 1}</title>
<polygon class="area" points="0,${SIZE.height} ${stairs(weights)} ${SIZE.width},${SIZE.height}"/>${line}</svg>
<figcaption><strong>Tap ${index + 1}</strong>${count} channels, ${
    zero === 0 ? 'none is zero' : html`<b>${percent(zero / count)}</b> are zero`
  }; half of the weight lies in ${half}.
<span class="numbers">Largest weight ${largest.toPrecision(2)}</span></figcaption></figure>`;
}

/** Sorted weights as the corners of a staircase that fills the picture. */
function stairs(weights: Float32Array): string {
  const sorted = weights.toSorted().reverse();
  const largest = Math.max(at(sorted, 0), Number.MIN_VALUE);
  const step = SIZE.width / sorted.length;
  return Array.from(sorted, (weight, place) => {
    const y = (SIZE.height * (1 - weight / largest)).toFixed(1);
    return `${(place * step).toFixed(1)},${y} ${((place + 1) * step).toFixed(1)},${y}`;
  }).join(' ');
}

/** How many of the largest weights make up half of the sum. */
function channelsOfHalf(weights: Float32Array): number {
  const sorted = weights.toSorted().reverse();
  const half = sorted.reduce((sum, weight) => sum + weight, 0) / 2;
  let sum = 0;
  return (
    sorted.findIndex((weight) => {
      sum += weight;
      return sum >= half;
    }) + 1
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}
