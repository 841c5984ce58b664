/**
 * @module
 * The page as a whole: what LPIPS is, which network measured, the sections, the sources. It is one file and loads nothing.
 */
import { captionOf, type Photograph } from 'example-harness/photographs';
import { type Html, html, renderDocument } from 'lpips-pictures/page';
import { DEMO_STYLE } from './demo-style.js';

interface Instrument {
  readonly net: string;
  readonly version: string;
  readonly backend: string;
}

export interface PageContent {
  readonly instrument: Instrument;
  /** The command that makes the page again. */
  readonly command: string;
  readonly photographs: readonly Photograph[];
  readonly sections: readonly Html[];
}

export function renderPage({ instrument, command, photographs, sections }: PageContent): string {
  return renderDocument({
    title: 'Which picture is closer? LPIPS beside PSNR and SSIM',
    description: 'Distorted photographs ranked by LPIPS, PSNR and SSIM, and gradient descent on pixels.',
    eyebrow: 'LPIPS for TypeScript · demo',
    heading: 'Which picture is closer?',
    lead: html`<p class="lead">Ask a computer how alike two pictures are and it compares them pixel by pixel. Ask a person and the
answer is often another one: a picture moved by a hair’s breadth is the same picture, a blurred one is not.
LPIPS is a measure of likeness that was calibrated on people’s answers.</p>
${terms()}${contents()}${badge(instrument)}`,
    sections: [...sections, sources(photographs)],
    footer: html`Made by <code>${command}</code> of LPIPS for TypeScript. Every random number is seeded: the same program draws the same page.`,
    style: DEMO_STYLE,
  });
}

function terms(): Html {
  return html`<dl class="terms"><div><dt>PSNR <span class="soft">in decibels, higher is closer</span></dt><dd>The mean squared error of the
pixels (MSE) on a logarithmic scale. Knows nothing of neighbours.</dd></div>
<div><dt>SSIM <span class="soft">up to 1, higher is closer</span></dt><dd>Compares brightness, contrast and structure in small windows of the grey picture
(Wang and others, 2004).</dd></div>
<div><dt class="lpips">LPIPS <span class="soft">from 0, lower is closer</span></dt><dd>Shows both pictures to a neural network and compares what its
layers respond to, weighted so as to agree with human judgements (Zhang and others, 2018).</dd></div></dl>`;
}

/** Links to the sections, by their ids. */
function contents(): Html {
  const entries = [
    ['disagree', 'Where they disagree most'],
    ['equal', 'The same error'],
    ['ranking', 'Rankings of every photograph'],
    ['descent', 'Gradient descent'],
    ['sources', 'Photographs and sources'],
  ] as const;
  return html`<nav class="contents" aria-label="On this page"><ol>${entries.map(
    ([id, name]) => html`<li><a href="#${id}">${name}</a></li>`,
  )}</ol></nav>`;
}

function badge({ net, version, backend }: Instrument): Html {
  return net === 'lite'
    ? html`<p class="badge"><strong>Measured with the net “lite”, version ${version}, on the ${backend} backend.</strong> lite is this project’s own
small network. It was trained to approximate LPIPS with AlexNet and needs no download; its values are not published
LPIPS numbers. With the official AlexNet or SqueezeNet weights in the cache, the same demo uses them and says so here.</p>`
    : html`<p class="badge"><strong>Measured with LPIPS, net “${net}”, version ${version}, on the ${backend} backend</strong>, with the official weights.</p>`;
}

function sources(photographs: readonly Photograph[]): Html {
  return html`<section aria-labelledby="sources"><h2 id="sources">The photographs, and what to keep in mind</h2>
<ul><li>A metric is calibrated on certain pictures and distortions: LPIPS on small photographs. These are
larger, so the values compare pictures and give no verdict on any of them.</li>
<li>A value alone means little; values order pictures. Compare only values of one net, one version and one picture size.</li>
<li>All measurements were made on uncompressed 8-bit pixels. On this page pictures are stored as WebP of high quality.</li></ul>
<table class="sources"><thead><tr><th scope="col">Photograph</th><th scope="col">Source</th><th scope="col">Licence</th></tr></thead><tbody>
${photographs.map(
  (photograph) => html`<tr><td>${captionOf(photograph)}; a square of it, resized</td>
<td><a href="${photograph.source}" rel="noreferrer">${photograph.publisher}</a>, by way of ${photograph.via}</td><td>${photograph.licence}</td></tr>`,
)}</tbody></table></section>`;
}
