/**
 * @module
 * The section about gradient descent on pixels: the ends large, frames over the steps, curves.
 */
import { pictureTag } from 'example-harness/page';
import { captionOf, type Photograph } from 'example-harness/photographs';
import type { Raster } from 'lpips-pictures';
import { type Html, html, type Line, lineChart, type Tone } from 'lpips-pictures/page';
import {
  type Descent,
  type DescentOptions,
  LOSSES,
  type LossName,
  LPIPS_WEIGHT,
  START,
} from '../pixel-descent.js';

const TONES: Readonly<Record<LossName, Tone>> = { mse: 'other', l1: 'third', 'l1-lpips': 'lpips' };

export interface DescentExperiment {
  readonly descents: readonly Descent[];
  readonly options: DescentOptions;
  /** steps whose frames are shown */
  readonly shown: readonly number[];
}

export interface DescentStory {
  readonly photograph: Photograph;
  readonly original: Raster;
  /** the original seen through an unsteady hand */
  readonly moving: DescentExperiment;
  /** the original standing still */
  readonly still: DescentExperiment;
}

export async function descentSection({ photograph, original, moving, still }: DescentStory): Promise<Html> {
  const reach = moving.options.unsteadiness;
  const picture = (image: Raster, alt: string) => pictureTag(image, alt);
  const ends = await Promise.all(
    moving.descents
      .filter(({ loss }) => loss !== 'l1')
      .map(async ({ loss, frames, ssim, psnrToViews }) => {
        const last = frames.at(-1);
        if (!last) return undefined;
        return html`<figure>${await picture(last.image, `Result of ${LOSSES[loss].name}: ${photograph.description}`)}
<figcaption><strong>${LOSSES[loss].name}, after ${last.step} steps</strong>
<span class="numbers">LPIPS <b class="lpips">${last.lpips.toFixed(3)}</b> · SSIM <b>${ssim.toFixed(3)}</b> · PSNR <b>${last.psnr.toFixed(2)}</b> dB<br>
PSNR to what it was shown, all views: <b>${psnrToViews.toFixed(2)}</b> dB</span></figcaption></figure>`;
      }),
  );
  return html`<section aria-labelledby="descent"><h2 id="descent">What a picture becomes when a metric pulls at it</h2>
<p>A metric whose gradient is known can do more than judge: it can teach. Here it pulls at the pixels of a picture,
step by step, from a blurred and noisy start towards the original. Both losses get the same start, the same number of
steps, the same optimiser (Adam, first step ${moving.options.learningRate}, falling linearly) and the same random numbers:
<span class="other">MSE alone</span>, the mean squared error, against <span class="lpips">L1 + LPIPS</span>, the mean
absolute error plus ${LPIPS_WEIGHT} × LPIPS.</p>
<h3>The original, seen through an unsteady hand</h3>
<p>At every step the losses see the original displaced by up to ${reach} pixels. Each of the ${(2 * reach + 1) ** 2}
displacements comes equally often. No single picture fits them all, and that is what training a network is like: many outputs
are plausible, but the network must give one. ${movingVerdict(moving)}</p>
<div class="trio large">${ends}<figure>${await picture(original, `Original: ${photograph.description}`)}
<figcaption><strong>Original</strong>${captionOf(photograph)}</figcaption></figure></div>
${await filmstrip(moving, 'unsteady original')}
${curves(moving)}
<h3>The original, standing still</h3>
<p>Here the losses see the one right answer at every step, and plain pixel errors lead to it by the shortest way. ${stillVerdict(still)}</p>
${await filmstrip(still, 'still original')}
${curves(still)}
<p class="soft">The start is the original under a Gaussian blur of σ ${START.blur} px and noise of σ ${Math.round(255 * START.noise)} of 255.
All numbers are measured against the original where it really stands. The LPIPS that judges here is the one that was
optimised, so its numbers flatter the picture that it made. Trust your eyes more, and SSIM, which neither loss optimises.</p></section>`;
}

function movingVerdict({ descents }: DescentExperiment): Html {
  const mse = descents.find(({ loss }) => loss === 'mse');
  const lpips = descents.find(({ loss }) => loss === 'l1-lpips');
  const [a, b] = [mse?.frames.at(-1), lpips?.frames.at(-1)];
  if (!mse || !lpips || !a || !b) return html``;
  const views = mse.psnrToViews - lpips.psnrToViews;
  return html`MSE answers with the mean of all views, a blur: closer to what was shown
(${views >= 0 ? `by ${views.toFixed(2)} dB` : `though here by ${views.toFixed(2)} dB`} over all views), and like none of it. LPIPS makes
a choice and keeps edges and texture, at the price of stray specks in the finest detail; against the original its
distance is ${b.lpips.toFixed(3)} where the blur has ${a.lpips.toFixed(3)}, and its PSNR
${Math.abs(b.psnr - a.psnr).toFixed(2)} dB ${b.psnr >= a.psnr ? 'higher' : 'lower'}. The row of L1 without LPIPS below shows how much of that is L1’s doing.`;
}

function stillVerdict({ descents, options }: DescentExperiment): Html {
  const lasts = descents.flatMap(({ loss, frames }) => frames.slice(-1).map((frame) => ({ loss, frame })));
  const [byPsnr] = lasts.toSorted((a, b) => b.frame.psnr - a.frame.psnr);
  const early = Math.round(options.steps / 12) * 2;
  const at = (loss: LossName) =>
    descents.find((one) => one.loss === loss)?.frames.find(({ step }) => step === early);
  const [mse, lpips] = [at('mse'), at('l1-lpips')];
  if (!byPsnr || !mse || !lpips) return html``;
  return html`The highest PSNR in the end is that of ${LOSSES[byPsnr.loss].name} (${byPsnr.frame.psnr.toFixed(1)} dB after
${options.steps} steps). On the way, L1 + LPIPS first clears away what the eye sees first, the noise on smooth areas: at
step ${early} its LPIPS is ${lpips.lpips.toFixed(3)} where MSE has ${mse.lpips.toFixed(3)}, with a PSNR of ${lpips.psnr.toFixed(1)} dB
against ${mse.psnr.toFixed(1)} dB. A perceptual loss earns its cost where the answer is uncertain, not here.`;
}

async function filmstrip({ descents, shown }: DescentExperiment, what: string): Promise<Html> {
  const rows = await Promise.all(
    descents.map(async ({ loss, frames }) => {
      const cells = await Promise.all(
        frames
          .filter(({ step }) => shown.includes(step))
          .map(
            async (
              frame,
            ) => html`<td>${await pictureTag(frame.image, `${LOSSES[loss].name}, ${what}, step ${frame.step}`)}
<span class="numbers">LPIPS <b>${frame.lpips.toFixed(3)}</b><br>PSNR ${frame.psnr.toFixed(1)} dB</span></td>`,
          ),
      );
      return html`<tr><th scope="row">${LOSSES[loss].name}</th>${cells}</tr>`;
    }),
  );
  return html`<div class="scroll" role="region" aria-label="Frames, ${what}" tabindex="0"><table class="frames">
<thead><tr><th></th>${shown.map((step) => html`<th scope="col">${step === 0 ? 'start' : `step ${step}`}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

function curves({ descents }: DescentExperiment): Html {
  const lines = (value: 'lpips' | 'psnr'): Line[] =>
    descents.map(({ loss, frames }) => ({
      name: LOSSES[loss].name,
      tone: TONES[loss],
      points: frames.map((frame): [number, number] => [frame.step, frame[value]]),
    }));
  const summary = (value: 'lpips' | 'psnr', digits: number) =>
    descents
      .map(
        ({ loss, frames }) => `${LOSSES[loss].name} ends at ${frames.at(-1)?.[value].toFixed(digits) ?? ''}`,
      )
      .join(', ');
  return html`<div class="charts">${lineChart(lines('lpips'), {
    title: 'LPIPS to the original (lower is closer)',
    xName: 'step',
    label: `LPIPS over the steps: ${summary('lpips', 3)}.`,
  })}${lineChart(lines('psnr'), {
    title: 'PSNR to the original, dB (higher is closer)',
    xName: 'step',
    label: `PSNR over the steps: ${summary('psnr', 1)}.`,
  })}</div>`;
}
