/**
 * @module
 * The section of a report that shows triplets on which the metric and people disagree.
 */
import { printable } from 'lpips-core';
import type { EncodedPicture } from 'lpips-pictures/node';
import { type Html, html } from 'lpips-pictures/page';
import type { Disagreement } from './find-disagreements.js';

/** A disagreement with the pictures of its triplet. */
export interface Duel extends Disagreement {
  readonly name: string;
  readonly reference: EncodedPicture;
  readonly p0: EncodedPicture;
  readonly p1: EncodedPicture;
}

/**
 * The section, with the triplets in the given order.
 *
 * @param judges what those who judged are called
 */
export function disagreementSection(duels: readonly Duel[], judges: string): Html {
  return html`<section aria-labelledby="disagree"><h2 id="disagree">Where the metric and ${judges} disagree most</h2>
<p>The original is in the middle. Which copy is nearer? The bar shows what ${judges} said. The number under a copy is the
metric’s distance to the original, and ✓ marks the copy that the metric finds nearer. Triplets are ranked by how much ${judges}
agreed among themselves, times how sure the metric was of the opposite; none was chosen by hand. Every pixel is shown as it
was compared.</p>
<div class="duels">${duels.map((one) => duel(one, judges))}</div></section>`;
}

function duel(item: Duel, judges: string): Html {
  const { judge, d0, d1, reference, p0, p1 } = item;
  const [distortion, name] = [printable(item.distortion), printable(item.name)];
  const right = Math.round(100 * judge);
  const left = 100 - right;
  const nearer = d0 < d1 ? 'left' : 'right';
  const chosen = right > 50 ? 'right' : 'left';
  const copy = (side: 'left' | 'right', image: EncodedPicture, distance: number) =>
    html`<figure>${picture(image, `Copy on the ${side} of ${distortion} ${name}`)}
<figcaption class="numbers"><b class="${side === nearer ? 'lpips' : ''}">${distance.toFixed(distance < 0.01 ? 4 : 3)}</b>${side === nearer ? ' ✓' : undefined}</figcaption></figure>`;
  return html`<article class="duel"><h3>${distortion} <span class="soft">${name}</span></h3>
<div class="triplet">${copy('left', p0, d0)}<figure>${picture(reference, `Original of ${distortion} ${name}`)}<figcaption class="soft">original</figcaption></figure>${copy('right', p1, d1)}</div>
<div class="votes" role="img" aria-label="${left} % of ${judges} chose left, ${right} % right"><i class="${chosen}" style="width:${Math.max(left, right)}%"></i></div>
<p class="numbers said"><span class="${chosen === 'left' ? 'other' : ''}">${left} % of ${judges}</span><span class="${chosen === 'right' ? 'other' : ''}">${right} %</span></p></article>`;
}

function picture({ source, width, height }: EncodedPicture, alt: string): Html {
  return html`<img src="${source}" width="${width}" height="${height}" alt="${alt}">`;
}
