/**
 * @module
 * Pictures side by side, each under its caption and in its own size: what two images that cannot be compared look like.
 */
import type { ImageSize } from 'lpips-core';
import sharp, { type OverlayOptions } from 'sharp';
import { checkArray, checkPixels } from '../check-arguments.js';
import type { RgbPixels } from '../image-pixels.js';
import { strokeText, strokeTextWidth } from './stroke-font.js';

/** Ground of every such picture. */
export const PAPER = '#14121a';
/** Its writing. */
export const INK = '#f4efe6';
/** Small images are enlarged by a whole factor until their longer side has at least this many pixels. */
const LEAST_SIDE = 480;

/** A picture and what stands above it. */
export interface CaptionedPicture {
  /** Digits, lower-case letters and `.-+,`; other characters leave a gap. */
  readonly caption: string;
  readonly pixels: RgbPixels;
}

/** By which whole factor images of a size are enlarged. */
export function zoomOf({ width, height }: ImageSize): number {
  return Math.max(1, Math.ceil(LEAST_SIDE / Math.max(width, height)));
}

/** Height of a capital beside pictures that are shown in this size. */
export function textHeight({ width, height }: ImageSize): number {
  return Math.min(Math.max(Math.round(Math.max(width, height) / 42), 11), 64);
}

/**
 * Draws pictures from left to right, all enlarged by the same factor.
 *
 * @returns a PNG file
 * @throws LpipsError for arguments of another kind
 */
export async function drawSideBySide(pictures: readonly CaptionedPicture[]): Promise<Buffer> {
  checkArray('drawSideBySide', 'pictures', pictures);
  for (const picture of pictures) checkPixels('drawSideBySide', 'pictures', picture?.pixels);
  const largest = {
    width: Math.max(...pictures.map(({ pixels }) => pixels.width)),
    height: Math.max(...pictures.map(({ pixels }) => pixels.height)),
  };
  const zoom = zoomOf(largest);
  const text = textHeight({ width: largest.width * zoom, height: largest.height * zoom });
  const margin = text * 2;
  const top = margin + text + margin;
  let left = margin;
  const captions: string[] = [];
  const layers: OverlayOptions[] = [];
  for (const { caption, pixels } of pictures) {
    const size = { width: pixels.width * zoom, height: pixels.height * zoom };
    const raw = { width: pixels.width, height: pixels.height, channels: 3 } as const;
    const enlarged = await sharp(pixels.data, { raw })
      .resize({ ...size, kernel: 'nearest' })
      .raw()
      .toBuffer();
    layers.push({ input: enlarged, raw: { ...size, channels: 3 }, left, top });
    captions.push(strokeText(caption, { x: left, y: margin + text, height: text, colour: INK }));
    left += Math.ceil(Math.max(size.width, strokeTextWidth(caption, text))) + margin;
  }
  const canvas = { width: left, height: top + largest.height * zoom + margin };
  const overlay = `<svg xmlns="http://www.w3.org/2000/svg" width="${canvas.width}" height="${top}">${captions.join('')}</svg>`;
  layers.push({ input: Buffer.from(overlay), left: 0, top: 0 });
  return sharp({ create: { ...canvas, channels: 3, background: PAPER }, limitInputPixels: false })
    .composite(layers.map((layer) => ({ ...layer, limitInputPixels: false })))
    .png()
    .toBuffer();
}
