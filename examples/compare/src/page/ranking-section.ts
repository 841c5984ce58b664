/**
 * @module
 * Three sections about distorted photographs: the widest disagreements, equal PSNR, the rankings of every photograph.
 */
import { imageTag, pictureTag } from 'example-harness/page';
import { captionOf } from 'example-harness/photographs';
import type { Raster } from 'lpips-pictures';
import { encodeHeat } from 'lpips-pictures/node';
import { type Html, html, slopeChart } from 'lpips-pictures/page';
import {
  agreement,
  type Disagreement,
  type Measurement,
  type Metric,
  type Ranking,
} from '../rank-distortions.js';

const decimals = (value: number, digits: number): string => value.toFixed(digits);
const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Several distortions of one photograph at one PSNR, in the order of LPIPS, with their heat maps. */
export async function equalPsnrSection(ranking: Ranking, psnr: number, full: number): Promise<Html> {
  const { photograph, reference, measurements } = ranking;
  const furthest = Math.max(...measurements.map(({ lpips }) => lpips));
  const [nearest, last] = [measurements.at(0), measurements.at(-1)];
  const cards = await Promise.all(
    measurements.map(
      async (one) => html`<figure class="pair">
${await pictureTag(one.image, alt(ranking, one))}
${await heatTag(one, reference, full)}
<figcaption><strong>${one.distortion.name}</strong>${one.distortion.describe(one.strength)}
<div class="numbers">LPIPS <b class="lpips">${decimals(one.lpips, 3)}</b> · SSIM <b>${decimals(one.ssim, 3)}</b> · ${decimals(one.psnr, 1)} dB</div>
<div class="bar"><i style="width:${decimals((100 * one.lpips) / furthest, 1)}%"></i></div></figcaption></figure>`,
    ),
  );
  return html`<section aria-labelledby="equal"><h2 id="equal">The same error, in different clothes</h2>
<p>Each of these pictures is equally far from the original if you compare them pixel by pixel: the strength of every
distortion was tuned until its PSNR came as near as possible to ${decimals(psnr, 0)} dB. PSNR cannot tell them apart. The eye can,
and LPIPS ${
    nearest && last && nearest.lpips > 0
      ? html`puts a factor of <strong>${Math.round(last.lpips / nearest.lpips)}</strong> between ${lower(nearest)} and ${lower(last)}`
      : 'tells them apart'
  }. They are in the order of LPIPS. The heat map below each picture
shows where LPIPS sees the difference.</p>
<div class="grid"><figure class="pair">${await pictureTag(reference, `Original: ${photograph.description}`)}
<figcaption><strong>Original</strong>${captionOf(photograph)}</figcaption>
<div class="legend">${heatScale(full)}<p class="soft">The brighter, the more LPIPS sees. The bar shows the mean.</p></div></figure>${cards}</div></section>`;
}

/** For every photograph two slope charts and a gallery, chosen by radio buttons without a script. */
export async function rankingSection(rankings: readonly Ranking[], full: number): Promise<Html> {
  const share = (metric: 'psnr' | 'ssim', kind?: 'damage') =>
    html`<strong>${percent(agreement(rankings, metric, 'lpips', kind))}</strong>`;
  const tabs = await Promise.all(
    rankings.map(async ({ photograph, reference }, index) => {
      const checked = index === 0 ? html` checked` : undefined;
      return html`<label><input type="radio" name="photograph" id="choose-${photograph.id}" value="${photograph.id}"${checked}>
${await pictureTag(reference, '')}${shortTitle(photograph.title)}</label>`;
    }),
  );
  const rules = rankings.map(
    ({ photograph: { id } }) => html`:root:has(#choose-${id}:checked) #panel-${id}{display:block}`,
  );
  const kinds = rankings[0]?.measurements.map(({ distortion }) => distortion.kind) ?? [];
  const count = kinds.length;
  const whole = kinds.filter((kind) => kind === 'whole').length;
  return html`<section aria-labelledby="ranking"><h2 id="ranking">${count} ways to spoil a photograph, three opinions</h2>
<p>Every photograph was spoiled in the same ${count} ways, and each metric put the results in order, from the closest to
the original to the furthest. <span class="lpips">Lines that climb</span> are changes that LPIPS forgives: the
picture as a whole moved, brightened or changed its tint, and almost every pixel is “wrong”.
<span class="other">Lines that fall</span> are changes that it does not forgive: detail is gone, or something is there
that was not.</p>
<p>LPIPS and PSNR put two distortions in the same order in ${share('psnr')} of all pairs over all photographs, LPIPS and SSIM
in ${share('ssim')}; 50 % would be chance. The choice of distortions is ours, and ${whole} of them change
a picture as a whole, which is where pixel errors mislead. Among those that do damage, such as blur, noise and codecs,
the shares are ${share('psnr', 'damage')} and ${share('ssim', 'damage')}. SSIM looks at the grey picture alone, so a
colour cast costs it next to nothing.</p>
<style>@supports selector(:has(a)){${rules}}</style>
<fieldset class="tabs"><legend>Choose a photograph</legend>${tabs}</fieldset>
<div class="controls"><label class="switch"><input type="checkbox" id="show-heat">Show heat maps in place of the pictures</label>
${heatScale(full)}</div>
${await Promise.all(rankings.map((ranking) => panel(ranking, full)))}</section>`;
}

/** Disagreements that stand open; the others are folded. */
const OPEN = 3;

/** The pairs that a metric and LPIPS order in opposite ways by the widest margins, the widest first. */
export async function disagreementSection(found: readonly Disagreement[], full: number): Promise<Html> {
  const duels = await Promise.all(
    found.map(async ({ ranking, metric, metricsChoice, lpipsChoice }) => {
      const name = metric.toUpperCase();
      const value = (one: Measurement) =>
        metric === 'psnr' ? `${decimals(one.psnr, 1)} dB` : decimals(one.ssim, 3);
      return html`<article class="duel"><h3>${name} prefers <span class="other">${lower(metricsChoice)}</span>, LPIPS <span class="lpips">${lower(lpipsChoice)}</span></h3>
<div class="duel-grid">${await picture(ranking, metricsChoice)}
<figure class="original">${await pictureTag(ranking.reference, `Original: ${ranking.photograph.description}`)}
<figcaption><strong>Original</strong>${captionOf(ranking.photograph)}</figcaption></figure>
${await picture(ranking, lpipsChoice)}
${await heatTag(metricsChoice, ranking.reference, full, 'left')}
<dl class="verdict"><div><dt>${name}</dt><dd><span><b class="other">${value(metricsChoice)}</b> left,</span> <span>${value(lpipsChoice)} right:</span><br>the left is closer</dd></div>
<div><dt>LPIPS</dt><dd><span>${decimals(metricsChoice.lpips, 3)} left,</span> <span><b class="lpips">${decimals(lpipsChoice.lpips, 3)}</b> right:</span><br>the right is closer</dd></div></dl>
${await heatTag(lpipsChoice, ranking.reference, full, 'right')}</div></article>`;
    }),
  );
  const folded = duels.slice(OPEN);
  const others =
    folded.length > 0
      ? html`<details class="more"><summary>${folded.length} more</summary><div class="duels">${folded}</div></details>`
      : undefined;
  return html`<section aria-labelledby="disagree"><h2 id="disagree">Where they disagree most</h2>
<p>Look at the original, then decide: which of the other two is closer to it? These pairs are not chosen by hand.
They are the pairs that two metrics put in opposite orders by the widest margins. For each metric no distortion and no
photograph comes twice. You say who is right: thousands of people were asked the same question to calibrate LPIPS.</p>${heatScale(full)}<div class="duels">${duels.slice(0, OPEN)}</div>${others}</section>`;
}

async function picture(ranking: Ranking, one: Measurement): Promise<Html> {
  return html`<figure>${await pictureTag(one.image, alt(ranking, one))}
<figcaption><strong>${one.distortion.name}</strong>${one.distortion.describe(one.strength)}</figcaption></figure>`;
}

async function panel(ranking: Ranking, full: number): Promise<Html> {
  const { photograph, measurements, places, reference } = ranking;
  const place = (one: Measurement, metric: Metric): number => {
    const found = places[metric].get(one.distortion.id);
    if (found === undefined) throw new RangeError(`no place of ${one.distortion.id}`);
    return found;
  };
  const chart = (metric: 'psnr' | 'ssim') =>
    slopeChart(
      { left: metric.toUpperCase(), right: 'LPIPS' },
      measurements.map((one) => ({
        name: one.distortion.name,
        left: place(one, metric),
        right: place(one, 'lpips'),
        leftValue: metric === 'psnr' ? decimals(one.psnr, 1) : decimals(one.ssim, 3),
        rightValue: decimals(one.lpips, 3),
      })),
      `Ranking of ${measurements.length} distortions of ${photograph.title} by ${metric.toUpperCase()} and by LPIPS. Closest by LPIPS: ${measurements[0]?.distortion.name ?? ''}.`,
    );
  const cards = await Promise.all(
    measurements.map(
      async (one) => html`<figure>
${await pictureTag(one.image, alt(ranking, one), 'photograph')}
${await heatTag(one, reference, full, 'heat-picture')}
<figcaption><strong>${place(one, 'lpips')}. ${one.distortion.name}</strong>${one.distortion.describe(one.strength)}
<div class="numbers">LPIPS <b class="lpips">${decimals(one.lpips, 3)}</b> · SSIM <b>${decimals(one.ssim, 3)}</b> · <b>${decimals(one.psnr, 1)}</b> dB</div></figcaption></figure>`,
    ),
  );
  return html`<div class="panel" id="panel-${photograph.id}"><h3>${captionOf(photograph)}</h3>
<div class="charts">${chart('psnr')}${chart('ssim')}</div><div class="grid gallery">${cards}</div></div>`;
}

function heatScale(full: number): Html {
  return html`<div class="scale">Heat maps: <span>0</span><i role="presentation"></i><span>${decimals(full, 2)} and more</span></div>`;
}

function alt({ photograph }: Ranking, one: Measurement): string {
  return `${one.distortion.name} (${one.distortion.describe(one.strength)}): ${photograph.description}`;
}

/** A heat map as a picture of the page. */
async function heatTag(one: Measurement, size: Raster, full: number, className?: string): Promise<Html> {
  const source = await encodeHeat(one.heat, size.width, full);
  const alt = `Heat map of where LPIPS sees ${lower(one)}`;
  return imageTag(source, size, alt, className);
}

function lower(one: Measurement): string {
  const { name } = one.distortion;
  return /^[A-Z]{2}/.test(name) ? name : name.charAt(0).toLowerCase() + name.slice(1);
}

function shortTitle(title: string): string {
  return title.split(',')[0] ?? title;
}
