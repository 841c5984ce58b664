/**
 * @module
 * The picture that `--map` writes: the image in grey, the distance of each place glowing over it in "inferno", a
 * colour bar with numbers beside it and a title above. Colours are opaque enough to be read off the bar.
 */
import sharp, { type OverlayOptions } from 'sharp';
import { heatTop, overlayHeat } from './heat-overlay.js';
import type { RgbPixels } from './image-pixels.js';
import { inferno } from './inferno.js';
import { strokeText, strokeTextWidth } from './stroke-font.js';

/** Small images are enlarged by a whole number until their longer side reaches this, in pixels. */
const LEAST_SIDE = 480;
const PAPER = '#14121a';
const INK = '#f4efe6';

/**
 * Draws a distance map over its image.
 *
 * @param image 8-bit pixels of the image that was compared
 * @param map distance of each pixel, row by row, of the image's size
 * @param title of digits, lower-case letters, `LPIPS` and `.-+,`, as the strokes know no others
 * @returns a PNG file
 */
export async function drawHeatMap(image: RgbPixels, map: Float32Array, title: string): Promise<Buffer> {
  const top = heatTop(map);
  const zoom = Math.max(1, Math.ceil(LEAST_SIDE / Math.max(image.width, image.height)));
  const [width, height] = [image.width * zoom, image.height * zoom];

  const text = Math.min(Math.max(Math.round(Math.max(width, height) / 42), 11), 64); // height of a capital
  const labels = tickLabels(top);
  const labelWidth = Math.max(...labels.map(({ label }) => strokeTextWidth(label, text)));
  const margin = text * 2;
  const barWidth = Math.round(text * 1.6);
  const barHeight = Math.max(height, text * 12);
  const bar = { left: margin + width + margin, top: margin + text + margin };
  const canvas = {
    width: Math.ceil(
      Math.max(bar.left + barWidth + text + labelWidth, margin + strokeTextWidth(title, text)) + margin,
    ),
    height: bar.top + barHeight + margin,
  };

  const ticks = labels.map(({ share, label }) => {
    const y = bar.top + (1 - share) * barHeight;
    const x = bar.left + barWidth;
    const line = `<path d="M${x} ${y}h${text / 2}" stroke="${INK}" stroke-width="${text / 9}"/>`;
    return line + strokeText(label, { x: x + text, y: y + text / 2, height: text, colour: INK });
  });
  const heading = strokeText(title, { x: margin, y: margin + text, height: text, colour: INK });
  const overlay = `<svg xmlns="http://www.w3.org/2000/svg" width="${canvas.width}" height="${canvas.height}">${heading}${ticks.join('')}</svg>`;
  const raw = (data: Uint8Array, rawWidth: number, rawHeight: number) => ({
    input: Buffer.from(data.buffer),
    raw: { width: rawWidth, height: rawHeight, channels: 3 as const },
  });
  const picture = await sharp(overlayHeat(image, map, top), {
    raw: { width: image.width, height: image.height, channels: 3 },
  })
    .resize({ width, height, kernel: 'nearest' })
    .raw()
    .toBuffer();
  const layers: OverlayOptions[] = [
    { ...raw(picture, width, height), left: margin, top: bar.top },
    { ...raw(colourBar(barWidth, barHeight), barWidth, barHeight), left: bar.left, top: bar.top },
    { input: Buffer.from(overlay), left: 0, top: 0 },
  ];
  return sharp({ create: { ...canvas, channels: 3, background: PAPER }, limitInputPixels: false })
    .composite(layers.map((layer) => ({ ...layer, limitInputPixels: false })))
    .png()
    .toBuffer();
}

function colourBar(width: number, height: number): Uint8Array {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const colour = inferno(1 - y / (height - 1));
    for (let x = 0; x < width; x++) data.set(colour, (y * width + x) * 3);
  }
  return data;
}

/** Round numbers up the scale, and its top itself where none of them is near. */
function tickLabels(top: number): { share: number; label: string }[] {
  const power = 10 ** Math.floor(Math.log10(top / 4));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => top / size <= 6) ?? top;
  const digits = Math.min(Math.max(0, 1 - Math.floor(Math.log10(step))), 8);
  const values: number[] = [];
  for (let value = 0; value < top * 0.93; value += step) values.push(value);
  values.push(top);
  return values.map((value) => ({ share: value / top, label: value.toFixed(digits) }));
}
