/**
 * @module
 * The failures of a run as one HTML page, which loads nothing. Names of tests and snapshots become text, never markup.
 */
import { createHash } from 'node:crypto';
import { Html, html, type Html as Markup, renderDocument } from 'lpips-pictures/page';
import sharp from 'sharp';
import { PICTURE_KINDS, type PictureKind, type RecordedNumber } from '../failures/failure-record.js';
import { isAcceptable, readPng } from './accept-failure.js';
import { distanceOf, type FoundFailure } from './find-failures.js';
import { GALLERY_SCRIPT } from './gallery-script.js';
import { GALLERY_STYLE } from './gallery-style.js';

/** How the page is made. */
export interface GalleryOptions {
  /** What the project is called. */
  readonly project: string;
  /** Whether a server waits for the buttons that accept an image. Without one, the page says which command does. */
  readonly isServed: boolean;
}

/** A picture in the page. */
interface Shown {
  readonly kind: PictureKind;
  readonly source: string;
  readonly width: number;
  readonly height: number;
}

const CAPTIONS = { expected: 'Expected', actual: 'Image', heat: 'Difference' } as const;
const MODES = { side: 'Side by side', slide: 'Slide', blink: 'Blink', heat: 'Difference' } as const;
/** Small images are enlarged by a whole factor to about this width, in CSS pixels. */
const ENLARGED_WIDTH = 320;
/** Digits of distances. */
const DIGITS = 4;

/** What a browser may do with the page: show the pictures in it, and run this one script. */
export function contentPolicy({ isServed }: Pick<GalleryOptions, 'isServed'>): string {
  const digest = createHash('sha256').update(GALLERY_SCRIPT).digest('base64');
  const connect = isServed ? " connect-src 'self';" : '';
  return `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${digest}';${connect} base-uri 'none'; form-action 'none'`;
}

/**
 * Draws the page.
 *
 * @returns the text of an `.html` file
 * @throws LpipsError where a picture is no PNG file
 */
export async function galleryPage(
  failures: readonly FoundFailure[],
  options: GalleryOptions,
): Promise<string> {
  const sections: Markup[] = [];
  for (const failure of failures) sections.push(await section(failure, options));
  const count = failures.length;
  const heading =
    count === 0
      ? 'No image looks different'
      : count === 1
        ? 'One image looks different'
        : `${count} images look different`;
  const accepts = failures.filter(isAcceptable).length;
  const all =
    accepts === 0
      ? undefined
      : options.isServed
        ? html`<p class="actions"><button type="button" class="accept-all">Accept all ${accepts}</button></p>`
        : html`<p class="soft">To accept images as the new snapshots: <code>npx lpips-matchers review</code></p>`;
  return renderDocument({
    title: `${heading}: ${options.project}`,
    description: 'Images of tests beside what was expected, with their differences.',
    eyebrow: options.project,
    heading,
    lead: html`${all}`,
    head: html`<meta http-equiv="Content-Security-Policy" content="${contentPolicy(options)}">`,
    style: GALLERY_STYLE,
    sections: [count > 1 ? contents(failures) : undefined, ...sections],
    footer: html`<p>Made by lpips-matchers from what the last runs of the tests have left.</p>${new Html(`<script>${GALLERY_SCRIPT}</script>`)}`,
  });
}

function contents(failures: readonly FoundFailure[]): Markup {
  return html`<section><table class="contents"><thead><tr><th>Image</th><th>Test file</th><td>Distance</td></tr></thead><tbody>${failures.map(
    (failure) =>
      html`<tr><th scope="row"><a href="#f${failure.id}">${failure.name}</a></th><td>${failure.testFile}</td><td>${distanceText(failure)}</td></tr>`,
  )}</tbody></table></section>`;
}

async function section(failure: FoundFailure, options: GalleryOptions): Promise<Markup> {
  const { id, name, testFile, record } = failure;
  const { reason, numbers = {}, test } = record;
  const pictures: Shown[] = [];
  for (const kind of PICTURE_KINDS) {
    const path = failure.pictures[kind];
    if (path !== undefined && kind !== 'diff') pictures.push(await shown(kind, name, path));
  }
  return html`<section class="failure" id="f${id}"><h2>${name}</h2>
<p class="where">${name === test ? undefined : html`${test}<br>`}${testFile}</p>
<p>${reason}</p>
${limits(numbers)}
${viewer(pictures)}
${isAcceptable(failure) ? actions(id, options) : undefined}</section>`;
}

function limits(numbers: Readonly<Record<string, RecordedNumber>>): Markup | undefined {
  const entries = Object.entries(numbers);
  if (entries.length === 0) return undefined;
  return html`<dl class="limits">${entries.map(([name, { value, threshold }]) => {
    // JSON has no infinity, which leaves a number out.
    const limit = typeof threshold === 'number' ? `threshold ${threshold}` : 'no threshold';
    const isAbove = typeof threshold === 'number' && value > threshold;
    return html`<div class="${isAbove ? 'above' : 'within'}"><dt>${name}</dt><dd>${value.toFixed(DIGITS)}${isAbove ? ' above the' : ','} ${limit}</dd></div>`;
  })}</dl>`;
}

function viewer(pictures: readonly Shown[]): Markup {
  const has = (kind: PictureKind) => pictures.some((picture) => picture.kind === kind);
  const isPair = has('expected') && has('actual');
  const modes = Object.entries(MODES).filter(([mode]) => {
    return mode === 'side' || (mode === 'heat' ? has('heat') : isPair);
  });
  const widest = Math.max(...pictures.map(({ width }) => width), 1);
  const zoom = Math.max(1, Math.floor(ENLARGED_WIDTH / widest));
  const buttons = modes.map(
    ([mode, label]) =>
      html`<button type="button" data-mode="${mode}" aria-pressed="${String(mode === 'side')}">${label}</button>`,
  );
  return html`<div class="viewer" data-mode="side" style="--shown-width:${widest * zoom}px;--count:${pictures.length}">${
    modes.length > 1 ? html`<div class="modes" role="group" aria-label="View">${buttons}</div>` : undefined
  }
<div class="stage">${pictures.map(({ kind, source, width, height }) => {
    const caption = kind === 'diff' ? '' : CAPTIONS[kind];
    const share = ((100 * width) / widest).toFixed(2);
    return html`<figure class="${kind}"><figcaption>${caption}, ${width}x${height}</figcaption><img class="${zoom > 1 ? 'enlarged' : 'plain'}" style="width:min(${share}%,${width * zoom}px)" width="${width}" height="${height}" alt="${caption}" src="${source}"></figure>`;
  })}</div>
${isPair ? html`<input class="split" type="range" min="0" max="100" value="50" aria-label="Where the image begins, in percent of the width">` : undefined}</div>`;
}

function actions(id: string, { isServed }: GalleryOptions): Markup {
  return isServed
    ? html`<p class="actions"><button type="button" class="accept">Accept as the new snapshot</button><span class="status" role="status"></span></p>`
    : html`<p class="actions soft"><code>npx lpips-matchers review --accept ${id}</code></p>`;
}

async function shown(kind: PictureKind, name: string, path: string): Promise<Shown> {
  const png = await readPng(`show ${name}`, path);
  const { width, height } = await sharp(png).metadata();
  return { kind, width, height, source: `data:image/png;base64,${png.toString('base64')}` };
}

function distanceText(failure: FoundFailure): string {
  const distance = distanceOf(failure);
  return Number.isFinite(distance) ? distance.toFixed(DIGITS) : 'not compared';
}
