/**
 * @module
 * A distance map as a PNG file: the image in grey under the colours of "inferno", with a title above and a colour bar
 * beside it. The colours are opaque enough to be read off the bar. The pictures that were compared can stand to its left.
 */
import { checkOptions, checkText, type ImageSize, invalid, kindOf, type Lpips } from 'lpips-core';
import sharp, { type OverlayOptions } from 'sharp';
import { checkFloats, checkPixels, checkSize } from '../check-arguments.js';
import { heatTop, overlayHeat } from '../heat-overlay.js';
import type { RgbPixels } from '../image-pixels.js';
import { inferno } from '../inferno.js';
import { type CaptionedPicture, INK, PAPER, textHeight, zoomOf } from './side-by-side.js';
import { strokeText, strokeTextWidth } from './stroke-font.js';

const MARK = '#3fd0ff';

/** A rectangle of an image, in its pixels. */
export interface Area extends ImageSize {
  readonly left: number;
  readonly top: number;
}

/** What else a heat map shows. */
export interface HeatMapOptions {
  /** Pictures of the image's size that stand to its left. Default none. */
  readonly beside?: readonly CaptionedPicture[];
  /** A rectangle that is outlined in every picture. Default none. */
  readonly mark?: Area;
}

/**
 * Draws a distance map over its image.
 *
 * @param image 8-bit pixels of the image that was compared
 * @param map distance of each pixel, row by row, of the image's size
 * @param title digits, lower-case letters, `LPIPS` and `.-+,`; other characters leave a gap
 * @returns a PNG file
 * @throws LpipsError where the map or a picture beside it is not of the image's size, and for arguments of another kind
 */
export async function drawHeatMap(
  image: RgbPixels,
  map: Float32Array,
  title: string,
  options: HeatMapOptions = {},
): Promise<Buffer> {
  const where = 'drawHeatMap';
  checkPixels(where, 'image', image);
  checkFloats(where, 'map', map);
  checkSize(where, 'map', map, { width: image.width, height: image.height, perPixel: 1 });
  checkText(where, 'title', title);
  checkOptions(where, options, ['beside', 'mark']);
  const { beside = [], mark } = options;
  for (const { pixels } of beside) {
    checkPixels(where, 'beside', pixels);
    checkSize(where, 'beside', pixels.data, { width: image.width, height: image.height, perPixel: 3 });
  }
  const top = heatTop(map);
  const zoom = zoomOf(image);
  const [width, height] = [image.width * zoom, image.height * zoom];

  const text = textHeight({ width, height });
  const labels = tickLabels(top);
  const labelWidth = Math.max(...labels.map(({ label }) => strokeTextWidth(label, text)));
  const margin = text * 2;
  const barWidth = Math.round(text * 1.6);
  const barHeight = Math.max(height, text * 12);
  const step =
    Math.ceil(Math.max(width, ...beside.map(({ caption }) => strokeTextWidth(caption, text)))) + margin;
  const left = margin + beside.length * step;
  const bar = { left: left + width + margin, top: margin + text + margin };
  const canvas = {
    width: Math.ceil(
      Math.max(bar.left + barWidth + text + labelWidth, left + strokeTextWidth(title, text)) + margin,
    ),
    height: bar.top + barHeight + margin,
  };

  const ticks = labels.map(({ share, label }) => {
    const y = bar.top + (1 - share) * barHeight;
    const x = bar.left + barWidth;
    const line = `<path d="M${x} ${y}h${text / 2}" stroke="${INK}" stroke-width="${text / 9}"/>`;
    return line + strokeText(label, { x: x + text, y: y + text / 2, height: text, colour: INK });
  });
  const captions = [...beside.map(({ caption }) => caption), title].map((caption, index) => {
    const x = margin + index * step;
    const outline = mark && outlineOf(mark, zoom, { left: x, top: bar.top, width: text / 9 });
    return strokeText(caption, { x, y: margin + text, height: text, colour: INK }) + (outline ?? '');
  });
  const overlay = `<svg xmlns="http://www.w3.org/2000/svg" width="${canvas.width}" height="${canvas.height}">${captions.join('')}${ticks.join('')}</svg>`;
  const raw = (data: Uint8Array, rawWidth: number, rawHeight: number) => ({
    input: Buffer.from(data.buffer),
    raw: { width: rawWidth, height: rawHeight, channels: 3 as const },
  });
  const pictures = [...beside.map(({ pixels }) => pixels.data), overlayHeat(image, map, top)].map(
    async (data, index) => {
      const picture = sharp(data, { raw: { width: image.width, height: image.height, channels: 3 } });
      const enlarged = await picture.resize({ width, height, kernel: 'nearest' }).raw().toBuffer();
      return { ...raw(enlarged, width, height), left: margin + index * step, top: bar.top };
    },
  );
  const layers: OverlayOptions[] = [
    ...(await Promise.all(pictures)),
    { ...raw(colourBar(barWidth, barHeight), barWidth, barHeight), left: bar.left, top: bar.top },
    { input: Buffer.from(overlay), left: 0, top: 0 },
  ];
  return sharp({ create: { ...canvas, channels: 3, background: PAPER }, limitInputPixels: false })
    .composite(layers.map((layer) => ({ ...layer, limitInputPixels: false })))
    .png()
    .toBuffer();
}

/**
 * The coloured map over its image alone, in the size of the image, for programs that ask for a picture of that size.
 *
 * @param image 8-bit pixels of the image that was compared
 * @param map distance of each pixel, row by row, of the image's size
 * @param mark a rectangle that is outlined
 * @returns 8-bit RGBA, row by row, opaque
 * @throws LpipsError where the map is not of the image's size, and for arguments of another kind
 */
export async function heatPixels(image: RgbPixels, map: Float32Array, mark?: Area): Promise<Uint8Array> {
  checkPixels('heatPixels', 'image', image);
  checkFloats('heatPixels', 'map', map);
  const { width, height } = image;
  const raw = { width, height, channels: 3 } as const;
  const picture = sharp(overlayHeat(image, map, heatTop(map)), { raw, limitInputPixels: false });
  if (mark) {
    const outline = outlineOf(mark, 1, { left: 0, top: 0, width: textHeight(image) / 9 });
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${outline}</svg>`;
    picture.composite([{ input: Buffer.from(svg), left: 0, top: 0, limitInputPixels: false }]);
  }
  return await picture.ensureAlpha().raw().toBuffer();
}

/**
 * The title of a map: the distance and the network. The distance is called LPIPS only if its weights are the published
 * ones.
 *
 * @param heads file of the caller's own heads, if there is one
 * @throws LpipsError for arguments of another kind
 */
export function mapTitle(
  lpips: Pick<Lpips, 'net' | 'version' | 'linear'>,
  distance: number,
  heads?: string,
): string {
  const given: unknown = lpips;
  if (typeof given !== 'object' || given === null || !('net' in given)) {
    throw invalid('mapTitle', 'a metric', 'lpips', kindOf(given));
  }
  if (typeof distance !== 'number') throw invalid('mapTitle', 'a number', 'distance', kindOf(distance));
  const { net, version, linear } = lpips;
  const label = net === 'lite' || !linear || heads !== undefined ? 'distance' : 'LPIPS';
  return `${label} ${distance.toFixed(4)}  ${net} ${version}${linear ? '' : ' without heads'}`;
}

/** A frame at some distance around an area of an image that stands at `left` and `top`, enlarged by `zoom`. */
function outlineOf(
  area: Area,
  zoom: number,
  { left, top, width }: { left: number; top: number; width: number },
): string {
  const room = width * 6;
  const [x, y] = [left + area.left * zoom - room, top + area.top * zoom - room];
  const size = `width="${area.width * zoom + 2 * room}" height="${area.height * zoom + 2 * room}"`;
  const frame = (colour: string, stroke: number) =>
    `<rect x="${x}" y="${y}" ${size} fill="none" stroke="${colour}" stroke-width="${stroke}"/>`;
  return frame(PAPER, width * 3) + frame(MARK, width * 1.5);
}

function colourBar(width: number, height: number): Uint8Array {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const colour = inferno(1 - y / (height - 1));
    for (let x = 0; x < width; x++) data.set(colour, (y * width + x) * 3);
  }
  return data;
}

/** Round numbers up the scale and its top, without round numbers close to the top. */
function tickLabels(top: number): { share: number; label: string }[] {
  const power = 10 ** Math.floor(Math.log10(top / 4));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => top / size <= 6) ?? top;
  const digits = Math.min(Math.max(0, 1 - Math.floor(Math.log10(step))), 8);
  const values: number[] = [];
  for (let value = 0; value < top * 0.93; value += step) values.push(value);
  values.push(top);
  return values.map((value) => ({ share: value / top, label: value.toFixed(digits) }));
}
