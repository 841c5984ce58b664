/**
 * @module
 * What the comparison found, as one page: held-out photographs as both trainings rebuild them, means, curves, cost, sources.
 */
import type { Collection, Titled } from 'example-harness/collection';
import { pictureTag } from 'example-harness/page';
import { at } from 'lpips-core';
import type { Raster } from 'lpips-pictures';
import { Html, html, type Line, lineChart, renderDocument, type Tone } from 'lpips-pictures/page';
import { busiestSquare } from './busiest-square.js';
import {
  CODE,
  type Comparison,
  LOSS_NAMES,
  type LossName,
  type Outcome,
  type Point,
  type Size,
} from './experiment.js';
import { type Judges, namesOf, type Verdict } from './judges.js';
import { SIDE } from './training.js';

/** What the page shows. */
export interface Story {
  readonly comparison: Comparison;
  readonly collection: Collection;
  readonly judges: Judges;
  /** Net in the loss. */
  readonly teacher: string;
  readonly backend: string;
  readonly size: Size;
  readonly seed: number;
  /** The command that makes the same page again. */
  readonly command: string;
}

/** Height and width of the pixels that share a place of the code. */
const BLOCK = 2 ** CODE.halvings;
/** A detail is a square of this part of the width of its picture. */
const DETAIL = 4;
/** Number of patches in a row; there is a row for each loss. */
const SHOWN_PATCHES = 8;
const TONES: Readonly<Record<LossName, Tone>> = { mse: 'other', 'l1-lpips': 'lpips' };

const PAGE_STYLE = new Html(`
.trio { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 18px; margin: 20px 0 36px; }
header { padding-top: 36px; } header h1 { font-size: clamp(1.8rem, 4.4vw, 2.9rem); margin-bottom: 12px; } .lead { max-width: 84ch; }
section.wholes { padding-top: 20px; }
.wholes .trio { width: min(94vw, 1560px); margin-left: 50%; transform: translateX(-50%); }
.trio .detail { margin-top: 6px; }
.strip { display: grid; grid-template-columns: repeat(${SHOWN_PATCHES}, minmax(88px, 1fr)); gap: 6px; min-width: 760px; }
.strip h3 { grid-column: 1 / -1; margin: 14px 0 0; }
.strip figcaption { padding-top: 3px; font-size: .76rem; }
.means { border-collapse: collapse; font: 1rem ui-sans-serif, system-ui, sans-serif; font-variant-numeric: tabular-nums; margin: 20px 0; }
.means th, .means td { padding: 9px 22px 9px 0; border-bottom: 1px solid var(--rule); text-align: right; }
.means th:first-child { text-align: left; }
.means thead th { font-weight: 400; color: var(--soft); font-size: .88rem; }
.means .best { font-weight: 700; color: var(--lpips); }
@media (max-width: 640px) {
  .trio { gap: 8px; } .trio figcaption { font-size: .76rem; } .trio figcaption strong { font-size: .82rem; }
  .means { font-size: .86rem; } .means th, .means td { padding-right: 9px; }
}
`);

/** The page as text, to be written into a `.html` file. */
export async function composePage(story: Story): Promise<string> {
  const { backend, command } = story;
  return renderDocument({
    title: 'The same autoencoder, taught by two losses',
    description: 'A convolutional autoencoder trained with MSE and with L1 + LPIPS, on held-out photographs.',
    eyebrow: 'LPIPS for TypeScript · autoencoder',
    heading: 'The same autoencoder, taught by two losses',
    lead: html`<p class="lead">An autoencoder squeezes a picture through a code too small for it and has to guess the rest. Taught by the mean
squared error, it answers every doubt with a blur. Taught by <span class="lpips">L1 + LPIPS</span>, it answers with what looks
right. One line of the program is different.</p>`,
    sections: [
      await wholeSection(story),
      await patchSection(story),
      meansSection(story),
      curveSection(story),
      sourcesSection(story),
    ],
    footer: html`Made by <code>${command}</code> of LPIPS for TypeScript. Trained on the ${backend} backend with seed ${story.seed}. The same seed on the same machine and backend draws the same pictures.`,
    style: PAGE_STYLE,
  });
}

async function wholeSection(story: Story): Promise<Html> {
  const { comparison, collection, judges } = story;
  const rows: Html[] = [];
  const [mse, lpips] = ends(comparison);
  for (const [index, original] of comparison.wholes.entries()) {
    const { title } = at(collection.held, index);
    const detail = busiestSquare(original, Math.floor(original.width / DETAIL));
    const column = async (name: string, tone: string, picture: Raster, below: Html, alt: string) =>
      html`<figure>${await pictureTag(picture, `${title}, ${alt}`)}
${await pictureTag(detail(picture), `A detail of ${title}, ${alt}`, 'detail')}
<figcaption><strong class="${tone}">${name}</strong>${below}</figcaption></figure>`;
    const rebuiltBy = ({ loss, wholes }: Outcome, tone: string) => {
      const { pictures, verdicts } = at(wholes, index);
      const alt = `rebuilt after training with ${LOSS_NAMES[loss]}`;
      return column(LOSS_NAMES[loss], tone, at(pictures, 0), numbers(at(verdicts, 0), judges), alt);
    };
    rows.push(
      html`<div class="trio">${await rebuiltBy(mse, 'other')}${await column('Original', '', original, html`${title}`, 'original')}${await rebuiltBy(lpips, 'lpips')}</div>`,
    );
  }
  return html`<section class="wholes" aria-labelledby="wholes"><h2 id="wholes">Photographs that neither has seen</h2>
${rows[0]}${verdict(story)}${rows.slice(1)}
<p class="soft">Below each picture is its most detailed part, enlarged. The network was trained on patches of ${SIDE}x${SIDE} pixels. It has no
layer of fixed size, so it rebuilds whole pictures. Its code keeps ${CODE.channels} of the ${3 * BLOCK ** 2} values of each block of
${BLOCK}x${BLOCK} pixels in three colours.</p></section>`;
}

/** What the judges say of all held-out patches, and who they are. */
function verdict({ comparison, judges, teacher, size }: Story): Html {
  const [mse, lpips] = ends(comparison).map(({ patches }) => patches.mean);
  if (!mse || !lpips) throw new RangeError('composePage: expected two outcomes');
  const [before, after] = judges.isIndependent
    ? [at(mse.lpips, 0), at(lpips.lpips, 0)]
    : [mse.haarPsi, lpips.haarPsi];
  const measure = judges.isIndependent ? `LPIPS with ${at(judges.nets, 0).net}` : 'HaarPSI';
  const scale = judges.isIndependent ? 'lower is closer' : 'higher is closer, up to 1';
  return html`<p class="badge"><strong>Judged by ${judges.isIndependent ? 'LPIPS with ' : ''}${namesOf(judges)}, which no training here has seen; trained with ${teacher}.</strong>
On ${size.held} patches of ${SIDE}x${SIDE} from photographs kept out of training, ${measure} (${scale}) is ${before.toFixed(3)} with MSE and
<b class="lpips">${after.toFixed(3)}</b> with L1 + LPIPS; SSIM is ${mse.ssim.toFixed(3)} and ${lpips.ssim.toFixed(3)}, PSNR ${decibels(mse.psnr)} and
${decibels(lpips.psnr)}. ${
    judges.isIndependent
      ? `The judges have their official weights.${teacher === 'lite' ? ' lite was made to approximate LPIPS with AlexNet, so SqueezeNet and VGG16 are stricter judges than that.' : ''}`
      : html`HaarPSI (Reisenhofer et al. 2018) compares edges and tints and contains no network. LPIPS by ${teacher} is shown too, but it
taught one side and flatters it. With official weights of AlexNet, SqueezeNet or VGG16 in the cache or a folder (<code>--weights</code>),
another net judges.`
  }</p>`;
}

async function patchSection({ comparison, judges }: Story): Promise<Html> {
  const cells = async (pictures: readonly Raster[], name: string, verdicts: readonly Verdict[] = []) =>
    Promise.all(
      pictures.slice(0, SHOWN_PATCHES).map(async (picture, index) => {
        const verdict = verdicts[index];
        return html`<figure>${await pictureTag(picture, `patch ${index + 1}, ${name}`)}${verdict && html`<figcaption>${numbers(verdict, judges)}</figcaption>`}</figure>`;
      }),
    );
  const [mse, lpips] = ends(comparison);
  return html`<section aria-labelledby="patches"><h2 id="patches">Patch by patch</h2>
<p>The first ${Math.min(SHOWN_PATCHES, comparison.patches.length)} of the held-out patches, cut at random places and scales.</p>
<div class="scroll" role="region" aria-label="Held-out patches" tabindex="0"><div class="strip">
<h3>Original</h3>${await cells(comparison.patches, 'original')}
<h3 class="other">${LOSS_NAMES[mse.loss]}</h3>${await cells(mse.patches.pictures, 'MSE', mse.patches.verdicts)}
<h3 class="lpips">${LOSS_NAMES[lpips.loss]}</h3>${await cells(lpips.patches.pictures, 'L1 + LPIPS', lpips.patches.verdicts)}
</div></div></section>`;
}

function meansSection({ comparison, judges, size }: Story): Html {
  const [mse, lpips] = ends(comparison);
  const loss = lpips.patches.mean.psnr - mse.patches.mean.psnr;
  const price = loss < 0 ? `costs ${decibels(-loss)} of PSNR` : `costs no PSNR here (${decibels(loss)} more)`;
  const best = (row: number, other: number, isLower: boolean) =>
    (isLower ? row < other : row > other) ? new Html(' class="best"') : undefined;
  const row = ({ loss, stepMs, patches: { mean } }: Outcome, { patches: { mean: other } }: Outcome) =>
    html`<tr><th scope="row">${LOSS_NAMES[loss]}</th>${mean.lpips.map((value, net) => html`<td${best(value, at(other.lpips, net), true)}>${value.toFixed(3)}</td>`)}
<td${best(mean.haarPsi, other.haarPsi, false)}>${mean.haarPsi.toFixed(3)}</td><td${best(mean.psnr, other.psnr, false)}>${decibels(mean.psnr)}</td><td${best(mean.ssim, other.ssim, false)}>${mean.ssim.toFixed(3)}</td><td>${stepMs.toFixed(0)} ms</td></tr>`;
  return html`<section aria-labelledby="means"><h2 id="means">What it gains, and what it costs</h2>
<p>Means over ${size.held} held-out patches. In pixels the perceptual loss ${price}; in time, ${(lpips.stepMs / mse.stepMs).toFixed(1)} times as much for a step.</p>
<div class="scroll" role="region" aria-label="Means" tabindex="0"><table class="means"><thead><tr><th scope="col">trained with</th>${judges.nets.map(({ net }) => html`<th scope="col">LPIPS, ${net}${judges.isIndependent ? '' : ' (in the loss)'}</th>`)}
<th scope="col">HaarPSI</th><th scope="col">PSNR</th><th scope="col">SSIM</th><th scope="col">a step</th></tr></thead><tbody>${row(mse, lpips)}${row(lpips, mse)}</tbody></table></div>
<p class="soft">Both began with the same weights and saw the same ${size.steps} batches of ${size.batch} patches; Adam, learning rate ${size.learningRate}, falling to 0 over the last third.</p></section>`;
}

function curveSection({ comparison: { outcomes }, judges }: Story): Html {
  const chart = (value: (point: Point) => number, title: string, digits: number) => {
    const lines = outcomes.map(
      ({ loss, curve }): Line => ({
        name: LOSS_NAMES[loss],
        tone: TONES[loss],
        points: curve.map((point): [number, number] => [point.step, value(point)]),
      }),
    );
    const summary = lines.map(
      ({ name, points }) => `${name} ends at ${points.at(-1)?.[1].toFixed(digits) ?? ''}`,
    );
    return lineChart(lines, {
      title,
      xName: 'step',
      label: `${title}: ${summary.join(', ')}.`,
    });
  };
  return html`<section aria-labelledby="curves"><h2 id="curves">On the way</h2><div class="charts">
${
  judges.isIndependent
    ? chart(({ lpips }) => lpips, 'LPIPS on held-out patches (lower is closer)', 3)
    : chart(({ haarPsi }) => haarPsi, 'HaarPSI on held-out patches (higher is closer)', 3)
}
${chart(({ psnr }) => psnr, 'PSNR on held-out patches, dB (higher is closer)', 1)}</div>
<div class="charts">${outcomes.map(({ loss, curve }) =>
    lineChart(
      [
        {
          name: LOSS_NAMES[loss],
          tone: TONES[loss],
          points: curve.map(({ step, loss: value }) => [step, value] as const),
        },
      ],
      {
        title: `Training loss, ${LOSS_NAMES[loss]}`,
        xName: 'step',
        label: `Training loss of ${LOSS_NAMES[loss]}, ends at ${curve.at(-1)?.loss.toFixed(3) ?? ''}.`,
      },
    ),
  )}</div></section>`;
}

function sourcesSection({ collection }: Story): Html {
  const row =
    (use: string) =>
    ({ title, source }: Titled) =>
      html`<tr><td>${title}</td><td>${use}</td><td>${source}</td></tr>`;
  return html`<section aria-labelledby="sources"><h2 id="sources">The photographs</h2>
<table class="sources"><thead><tr><th scope="col">Photograph</th><th scope="col">Use</th><th scope="col">Source</th></tr></thead><tbody>
${collection.train.map(row('learned from'))}${collection.held.map(row('kept out of training'))}</tbody></table></section>`;
}

function ends({ outcomes }: Comparison): [mse: Outcome, lpips: Outcome] {
  const [mse, lpips] = outcomes;
  if (!mse || !lpips) throw new RangeError('composePage: expected two outcomes');
  return [mse, lpips];
}

/** The numbers below a picture. Those of the net in the loss come last and in small. */
function numbers({ lpips, haarPsi, psnr, ssim }: Verdict, { isIndependent }: Judges): Html {
  const values = lpips.map((value) => value.toFixed(3)).join(' · ');
  const [before, after] = isIndependent
    ? [html`LPIPS <b class="lpips">${values}</b><br>`, undefined]
    : [undefined, html`<br><span class="soft">LPIPS ${values}, in the loss</span>`];
  return html`<span class="numbers">${before}HaarPSI <b>${haarPsi.toFixed(3)}</b><br>SSIM <b>${ssim.toFixed(3)}</b><br>PSNR <b>${psnr.toFixed(1)}</b> dB${after}</span>`;
}

function decibels(value: number): string {
  return `${value.toFixed(1)} dB`;
}
