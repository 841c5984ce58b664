/**
 * @module
 * Text as strokes, so that pictures carry numbers on machines without fonts, such as a bare container. Each glyph is SVG
 * path data on a grid: x begins at 0, the baseline is y = 6, capitals begin at y = 0 and lower case at y = 2.
 */

/** Width of a character without a glyph, and the gap between two characters, on the grid. */
const CELL = 4;
const GAP = 1.6;
/** Height of a capital on the grid. */
const CAPITAL = 6;

interface Glyph {
  readonly width: number;
  readonly path: string;
}

const GLYPHS: Readonly<Record<string, Glyph>> = {
  '0': { width: 4, path: 'M2 0C.6 0 0 1.3 0 3S.6 6 2 6 4 4.7 4 3 3.4 0 2 0Z' },
  '1': { width: 2, path: 'M0 1.2 1.6 0V6' },
  '2': { width: 4, path: 'M.1 1.5C.2.5 1 0 2 0 3.1 0 3.8.6 3.8 1.6 3.8 3 1.6 4 0 6H4' },
  '3': {
    width: 4,
    path: 'M.2 1C.5.4 1.1 0 2 0 3 0 3.7.6 3.7 1.5S3 2.9 1.7 2.9C3.2 2.9 4 3.5 4 4.4S3.2 6 2 6C1 6 .3 5.6 0 4.8',
  },
  '4': { width: 4, path: 'M3.1 6V0L0 4.2H4' },
  '5': {
    width: 4,
    path: 'M3.7 0H.6L.3 2.8C.8 2.4 1.3 2.2 1.9 2.2 3.2 2.2 4 3 4 4.1S3.2 6 1.9 6C1 6 .3 5.6 0 4.9',
  },
  '6': {
    width: 4,
    path: 'M3.6.7C3.2.2 2.7 0 2.1 0 .7 0 0 1.5 0 3.6 0 5.2.8 6 2 6S4 5.2 4 4.1 3.2 2.3 2.1 2.3C1.1 2.3.2 3 0 4',
  },
  '7': { width: 4, path: 'M0 0H4L1.4 6' },
  '8': {
    width: 4,
    path: 'M2 2.8C1 2.8.3 2.3.3 1.4S1 0 2 0 3.7.5 3.7 1.4 3 2.8 2 2.8.0 3.4 0 4.4.8 6 2 6 4 5.4 4 4.4 3 2.8 2 2.8Z',
  },
  '9': {
    width: 4,
    path: 'M.4 5.3C.8 5.8 1.3 6 1.9 6 3.3 6 4 4.5 4 2.4 4 .8 3.2 0 2 0S0 .8 0 1.9.8 3.7 1.9 3.7C2.9 3.7 3.8 3 4 2',
  },
  '.': { width: 0.4, path: 'M.2 5.8V6' },
  '-': { width: 2.4, path: 'M.2 3.6H2.2' },
  '+': { width: 3, path: 'M0 3.6H3M1.5 2.1V5.1' },
  ',': { width: 0.8, path: 'M.6 5.7 .2 7' },
  ' ': { width: 1.6, path: '' },
  L: { width: 3.4, path: 'M0 0V6H3.4' },
  P: { width: 3.8, path: 'M0 6V0H2C3.2 0 3.8.7 3.8 1.7S3.2 3.4 2 3.4H0' },
  I: { width: 0.4, path: 'M.2 0V6' },
  S: {
    width: 4,
    path: 'M3.8 1C3.4.3 2.8 0 2 0 .9 0 .2.6.2 1.5 .2 3.6 4 2.3 4 4.4 4 5.4 3.2 6 2 6 1.1 6 .3 5.6 0 4.8',
  },
  a: { width: 3.2, path: 'M3.2 2V6M3.2 4C3.2 2.8 2.5 2 1.6 2S0 2.8 0 4 .7 6 1.6 6 3.2 5.2 3.2 4Z' },
  b: { width: 3.2, path: 'M0 0V6M0 4C0 2.8.7 2 1.6 2S3.2 2.8 3.2 4 2.5 6 1.6 6 0 5.2 0 4Z' },
  c: { width: 2.8, path: 'M2.8 2.5C2.5 2.2 2.1 2 1.6 2 .7 2 0 2.8 0 4S.7 6 1.6 6C2.1 6 2.5 5.8 2.8 5.5' },
  d: { width: 3.2, path: 'M3.2 0V6M3.2 4C3.2 2.8 2.5 2 1.6 2S0 2.8 0 4 .7 6 1.6 6 3.2 5.2 3.2 4Z' },
  e: { width: 3.2, path: 'M0 4H3.2C3.2 2.8 2.6 2 1.6 2S0 2.8 0 4 .7 6 1.7 6C2.3 6 2.7 5.8 3 5.4' },
  f: { width: 2.2, path: 'M2.2 0C1.2-.1.8.3.8 1.3V6M0 2.2H2' },
  g: {
    width: 3.2,
    path: 'M3.2 2V6.4C3.2 7.4 2.6 8 1.6 8 1 8 .5 7.8.2 7.4M3.2 4C3.2 2.8 2.5 2 1.6 2S0 2.8 0 4 .7 6 1.6 6 3.2 5.2 3.2 4Z',
  },
  h: { width: 3, path: 'M0 0V6M0 3.6C.2 2.6.8 2 1.7 2S3 2.6 3 3.6V6' },
  i: { width: 0.4, path: 'M.2 2.2V6M.2.5V.7' },
  l: { width: 0.4, path: 'M.2 0V6' },
  m: {
    width: 5,
    path: 'M0 2V6M0 3.4C.2 2.5.7 2 1.3 2 2.1 2 2.5 2.5 2.5 3.4V6M2.5 3.4C2.7 2.5 3.2 2 3.8 2 4.6 2 5 2.5 5 3.4V6',
  },
  n: { width: 3, path: 'M0 2V6M0 3.6C.2 2.6.8 2 1.7 2S3 2.6 3 3.6V6' },
  o: { width: 3.2, path: 'M1.6 2C.7 2 0 2.8 0 4S.7 6 1.6 6 3.2 5.2 3.2 4 2.5 2 1.6 2Z' },
  p: { width: 3.2, path: 'M0 2V8M0 4C0 2.8.7 2 1.6 2S3.2 2.8 3.2 4 2.5 6 1.6 6 0 5.2 0 4Z' },
  q: { width: 3.2, path: 'M3.2 2V8M3.2 4C3.2 2.8 2.5 2 1.6 2S0 2.8 0 4 .7 6 1.6 6 3.2 5.2 3.2 4Z' },
  r: { width: 1.8, path: 'M0 2V6M0 3.8C.2 2.6.8 2 1.8 2.1' },
  s: {
    width: 2.8,
    path: 'M2.6 2.6C2.3 2.2 1.9 2 1.4 2 .7 2 .2 2.4.2 3 .2 4.3 2.8 3.6 2.8 5 2.8 5.6 2.2 6 1.4 6 .8 6 .3 5.8 0 5.3',
  },
  t: { width: 2.2, path: 'M.9.8V4.8C.9 5.7 1.3 6 2.2 5.9M0 2.2H2.1' },
  u: { width: 3, path: 'M3 2V6M0 2V4.4C0 5.4.5 6 1.4 6S2.8 5.4 3 4.4' },
  v: { width: 3.2, path: 'M0 2 1.6 6 3.2 2' },
  w: { width: 4.8, path: 'M0 2 1.2 6 2.4 2.4 3.6 6 4.8 2' },
  x: { width: 3, path: 'M0 2 3 6M3 2 0 6' },
  y: { width: 3.2, path: 'M0 2 1.7 6M3.2 2 1.4 6.6C1.1 7.6.7 8 0 8' },
  z: { width: 2.8, path: 'M0 2H2.8L0 6H2.8' },
};

/** Where and how large text is drawn, in pixels. */
export interface TextPlace {
  readonly x: number;
  /** The baseline. */
  readonly y: number;
  /** Height of a capital letter. */
  readonly height: number;
  readonly colour: string;
}

/** Width of drawn text in pixels, with capitals of `height` pixels. */
export function strokeTextWidth(text: string, height: number): number {
  const widths = Array.from(text, (character) => (GLYPHS[character]?.width ?? CELL) + GAP);
  return ((widths.reduce((sum, width) => sum + width, 0) - GAP) * height) / CAPITAL;
}

/** Draws `text` as an SVG group; a character without a glyph leaves a gap. */
export function strokeText(text: string, { x, y, height, colour }: TextPlace): string {
  const scale = height / CAPITAL;
  let at = 0;
  const paths = Array.from(text, (character) => {
    const glyph = GLYPHS[character] ?? { width: CELL, path: '' };
    const path = `<path transform="translate(${at} 0)" d="${glyph.path}"/>`;
    at += glyph.width + GAP;
    return path;
  });
  const style = `fill="none" stroke="${colour}" stroke-width=".72" stroke-linecap="round" stroke-linejoin="round"`;
  return `<g transform="translate(${x} ${y - height}) scale(${scale})" ${style}>${paths.join('')}</g>`;
}
