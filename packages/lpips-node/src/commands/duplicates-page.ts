/**
 * @module
 * Groups of near-duplicates as one HTML page with the pictures in it, which loads nothing and runs no script. Names of files become
 * text, never markup.
 */
import { Html, html, type Html as Markup, renderDocument } from 'lpips-pictures/page';
import sharp from 'sharp';
import { readImageBytes } from '../images/image-source.js';
import type { DuplicateGroup, DuplicatePair } from '../searching/duplicate-groups.js';
import type { OpenIndex } from './indexed-metric.js';
import { describeMetric } from './report.js';

/** What the page is of. */
export interface DuplicatesPageOptions extends OpenIndex {
  /** Path of the index. */
  readonly path: string;
  readonly below: number;
}

/** Largest side of a picture in the page, in pixels: sharp at twice the pixels of a screen. */
const SIDE = 360;
/** Of WebP. */
const QUALITY = 80;
/** Pictures of one group. A larger group says how many more there are. */
const MOST_PICTURES = 60;
/** Pairs that are listed of one group, the nearest first. */
const MOST_PAIRS = 30;
const DIGITS = 4;

const STYLE = new Html(`
.group { display: grid; grid-template-columns: repeat(auto-fill, minmax(180px, 1fr)); gap: 16px; align-items: start; }
.group figure { margin: 0; } .group img { width: 100%; height: auto; display: block; border-radius: 3px; }
.group figcaption { font-size: .8rem; overflow-wrap: anywhere; margin-top: 6px; } .group figcaption span { color: var(--soft); }
.unread { aspect-ratio: 4 / 3; display: grid; place-items: center; background: var(--rule); color: var(--soft); font-size: .8rem; border-radius: 3px; }
.pairs { border-collapse: collapse; font-size: .85rem; margin-top: 16px; } .pairs td, .pairs th { text-align: left; padding: 3px 16px 3px 0; overflow-wrap: anywhere; font-weight: 400; }
.pairs td:first-child { font-variant-numeric: tabular-nums; } summary { cursor: pointer; margin-top: 14px; font-size: .9rem; color: var(--soft); }
section { padding-top: 32px; } section + section { margin-top: 32px; }
`);

/**
 * Draws the page.
 *
 * @returns the text of an `.html` file
 */
export async function duplicatesPage(
  groups: readonly DuplicateGroup[],
  { lpips, backend, origin, index, path, below }: DuplicatesPageOptions,
): Promise<string> {
  const { width, height } = index.header;
  const sections: Markup[] = [];
  for (const [number, group] of groups.entries()) sections.push(await section(group, number + 1));
  const count = groups.reduce((sum, { images }) => sum + images.length, 0);
  const heading =
    groups.length === 0
      ? 'No near-duplicates'
      : groups.length === 1
        ? `One group of ${count} images`
        : `${groups.length} groups of near-duplicates`;
  return renderDocument({
    title: `${heading}: ${path}`,
    description: 'Images of a collection that look alike, in groups, with their distances.',
    eyebrow: path,
    heading,
    lead: html`<p>${count} of ${index.count} images have another at most ${below} apart, by LPIPS (${describeMetric(lpips, backend.name, origin)}) at
${width}x${height} pixels. None is missing. Nothing was deleted.</p>`,
    style: STYLE,
    sections,
    footer: html`<p>Made by <code>lpips duplicates</code>.</p>`,
  });
}

async function section({ images, pairs }: DuplicateGroup, number: number): Promise<Markup> {
  const figures: Markup[] = [];
  for (const path of images.slice(0, MOST_PICTURES)) figures.push(await figure(path));
  const more = images.length - figures.length;
  const nearest = pairs[0]?.distance ?? 0;
  return html`<section><h2>Group ${number}: ${images.length} images</h2>
<div class="group">${figures}</div>
${more > 0 ? html`<p>And ${more} more.</p>` : undefined}
<details><summary>${pairs.length === 1 ? 'One pair' : `${pairs.length} pairs`}, the nearest at ${nearest.toFixed(DIGITS)}</summary>
<table class="pairs">${pairs.slice(0, MOST_PAIRS).map(row)}</table>
${pairs.length > MOST_PAIRS ? html`<p>And ${pairs.length - MOST_PAIRS} more.</p>` : undefined}</details></section>`;
}

function row({ image, reference, distance }: DuplicatePair): Markup {
  return html`<tr><td>${distance.toFixed(DIGITS)}</td><td>${image}</td><td>${reference}</td></tr>`;
}

async function figure(path: string): Promise<Markup> {
  const picture = await thumbnail(path);
  if (picture === undefined)
    return html`<figure><div class="unread">cannot be read</div><figcaption>${path}</figcaption></figure>`;
  const { source, width, height, size } = picture;
  return html`<figure><img alt="" width="${width}" height="${height}" src="${source}"><figcaption>${path}<br><span>${size}</span></figcaption></figure>`;
}

/** A small copy of an image, and its size in words; undefined where it cannot be read. */
async function thumbnail(path: string) {
  try {
    const bytes = await readImageBytes(path);
    const picture = sharp(bytes, { limitInputPixels: false }).autoOrient();
    const { autoOrient } = await picture.metadata();
    const { data, info } = await picture
      .resize({ width: SIDE, height: SIDE, fit: 'inside', withoutEnlargement: true })
      .webp({ quality: QUALITY, effort: 3 })
      .toBuffer({ resolveWithObject: true });
    const size = `${autoOrient.width}x${autoOrient.height}, ${Math.max(1, Math.round(bytes.length / 1000))} kB`;
    const { width, height } = info;
    return { source: `data:image/webp;base64,${data.toString('base64')}`, width, height, size };
  } catch {
    return undefined;
  }
}
