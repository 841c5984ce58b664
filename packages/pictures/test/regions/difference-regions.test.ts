import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { differenceRegions, type RgbPixels } from '../../src/index.js';

const SIZE = { width: 200, height: 120 };
const ICON = '<circle cx="8" cy="8" r="7" fill="#b91c1c"/><path d="M4 8h8" stroke="#fff" stroke-width="2"/>';
const iconAt = (x: number, y: number) => `<g transform="translate(${x} ${y})">${ICON}</g>`;
const TEXT = '<path d="M20 30h60M20 38h44M70 34v20M25 45l20 8" stroke="#222" stroke-width="2" fill="none"/>';

/** Shapes on a ground, 200x120. */
async function drawn(shapes: string, ground = '#fff'): Promise<RgbPixels> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="120"><rect width="200" height="120" fill="${ground}"/>${shapes}</svg>`;
  const data = await sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer();
  return { ...SIZE, data: new Uint8Array(data) };
}

/** A map that is 1 where pixels differ, in place of that of a network. */
function mapOf(image: RgbPixels, reference: RgbPixels): Float32Array {
  return Float32Array.from({ length: image.data.length / 3 }, (_, i) =>
    [0, 1, 2].some((c) => image.data[3 * i + c] !== reference.data[3 * i + c]) ? 1 : 0,
  );
}

async function regionsOf(image: string, reference: string, above = 0.001) {
  const [x, y] = [await drawn(image), await drawn(reference)];
  return differenceRegions(x, y, mapOf(x, y), above);
}

/** One change of each kind: the picture, its reference, the kind, and the box. */
const CHANGES: readonly [string, string, string, string, readonly number[]][] = [
  ['an icon that is gone', TEXT, TEXT + iconAt(120, 60), 'missing', [121, 61, 14, 14]],
  ['an icon that is new', TEXT + iconAt(120, 60), TEXT, 'added', [121, 61, 14, 14]],
  ['lines in another colour', TEXT.replace('#222', '#1d4ed8'), TEXT, 'colour', [20, 29, 60, 25]],
  [
    'a whole panel in another colour, with its content',
    `<rect x="10" y="20" width="90" height="40" fill="#dbeafe"/>${TEXT}`,
    `<rect x="10" y="20" width="90" height="40" fill="#fee2e2"/>${TEXT}`,
    'colour',
    [10, 20, 90, 40],
  ],
  [
    'another mark in a button',
    '<rect x="20" y="20" width="60" height="24" fill="#2563eb"/><path d="M40 28l8 8 8-8" stroke="#fff" stroke-width="2" fill="none"/>',
    '<rect x="20" y="20" width="60" height="24" fill="#2563eb"/><path d="M40 36l8-8 8 8" stroke="#fff" stroke-width="2" fill="none"/>',
    'changed',
    [39, 27, 18, 10],
  ],
];

describe('differenceRegions, drawings of 200x120', () => {
  it.each(CHANGES)('calls %s %4$s', async (_, image, reference, kind, box) => {
    const [region, ...others] = await regionsOf(image, reference);
    expect(others).toEqual([]);
    expect(region).toMatchObject({ kind });
    const { x, y, width, height } = region?.box ?? { x: 0, y: 0, width: 0, height: 0 };
    [x, y, width, height].forEach((side, i) => {
      expect(Math.abs(side - (box[i] ?? Number.NaN))).toBeLessThanOrEqual(2);
    });
  });

  it.each([
    [4, 0],
    [0, -3],
    [-9, 5],
    [25, 0],
  ])('finds by how much an icon moved: %i, %i', async (x, y) => {
    const regions = await regionsOf(TEXT + iconAt(120 + x, 60 + y), TEXT + iconAt(120, 60));
    expect(regions).toMatchObject([{ kind: 'moved', shift: { x, y } }]);
  });

  it('finds the edges of a flat rectangle that moved, by 6 pixels', async () => {
    const at = (x: number) => `<rect x="${x}" y="50" width="60" height="20" fill="#444"/>`;
    const regions = await regionsOf(at(46), at(40));
    expect(regions.map(({ box }) => box.x).sort((a, b) => a - b)).toEqual([40, 100]);
    for (const region of regions) expect(region).toMatchObject({ kind: 'moved', shift: { x: 6, y: 0 } });
  });

  it.each([
    [0.5, 0],
    [-0.5, 0],
    [0, 0.5],
    [0.5, -0.5],
  ])('finds a move by half a pixel: %f, %f', async (x, y) => {
    const regions = await regionsOf(`<g transform="translate(${x} ${y})">${TEXT}</g>`, TEXT);
    expect(regions.length).toBeGreaterThan(0);
    for (const region of regions) expect(region).toMatchObject({ kind: 'moved', shift: { x, y } });
  });

  it('finds a move of the whole picture, whose edges leave it', async () => {
    const bands = Array.from({ length: 40 }, (_, i) => {
      return `<rect x="${(i * 53) % 200}" y="${(i * 31) % 120}" width="30" height="17" fill="hsl(${i * 47} 60% 50%)"/>`;
    }).join('');
    const regions = await regionsOf(`<g transform="translate(-3 2)">${bands}</g>`, bands);
    expect(regions[0]).toMatchObject({ kind: 'moved', shift: { x: -3, y: 2 }, box: { x: 0, y: 0, ...SIZE } });
  });

  it('calls an icon that moved further than 48 pixels missing in one place and added in another', async () => {
    const regions = await regionsOf(iconAt(150, 20), iconAt(20, 20));
    expect(regions.map(({ kind, box }) => `${kind} at ${box.x}`).sort()).toEqual([
      'added at 151',
      'missing at 21',
    ]);
  });

  it('gives two regions for two changes far apart, the larger local distance first, and one for two that are close', async () => {
    const far = await regionsOf(TEXT, `${TEXT + iconAt(120, 20)}<rect x="122" y="90" width="3" height="3"/>`);
    expect(far.map(({ kind }) => kind)).toEqual(['missing', 'missing']);
    expect(far[0]?.localDistance).toBeGreaterThan(2 * (far[1]?.localDistance ?? Number.NaN));
    expect(far[1]?.box).toEqual({ x: 122, y: 90, width: 3, height: 3 });
    const close = await regionsOf(
      '',
      '<rect x="50" y="50" width="3" height="3"/><rect x="65" y="50" width="3" height="3"/>',
    );
    expect(close.map(({ box }) => box)).toEqual([{ x: 50, y: 50, width: 18, height: 3 }]);
  });

  it('gives none for equal pictures, for pixels that are one level off, and below the threshold', async () => {
    const picture = await drawn(TEXT);
    const nothing = new Float32Array(SIZE.width * SIZE.height);
    expect(differenceRegions(picture, picture, nothing, 0)).toEqual([]);
    const rounded = { ...SIZE, data: picture.data.map((level) => (level > 100 ? level - 1 : level + 1)) };
    expect(differenceRegions(rounded, picture, nothing.fill(1), 0)).toEqual([]);
    expect(await regionsOf(TEXT, TEXT + iconAt(120, 60), 0.7)).toEqual([]);
    expect(await regionsOf(TEXT, TEXT + iconAt(120, 60), 0.5)).toHaveLength(1);
  });

  it('gives a region what the map has beside its box, and nothing that is not connected', async () => {
    const [x, y] = [await drawn(''), await drawn('<rect x="50" y="50" width="4" height="4"/>')];
    const map = new Float32Array(SIZE.width * SIZE.height);
    const heat = (left: number, top: number, side: number, value: number) => {
      for (let v = top; v < top + side; v++)
        map.fill(value, v * SIZE.width + left, v * SIZE.width + left + side);
    };
    heat(44, 44, 40, 0.1);
    heat(68, 60, 16, 0.5);
    heat(150, 60, 30, 0.9);
    const regions = differenceRegions(x, y, map, 0.02);
    expect(regions).toMatchObject([{ box: { x: 50, y: 50, width: 4, height: 4 } }]);
    expect(regions[0]?.localDistance).toBeCloseTo(0.5, 6);
  });

  it.each([
    [1, 1],
    [7, 40],
    [40, 7],
  ])('takes pictures that are smaller than its square: %ix%i', (width, height) => {
    const black = { width, height, data: new Uint8Array(width * height * 3) };
    const white = { width, height, data: new Uint8Array(width * height * 3).fill(255) };
    const map = new Float32Array(width * height).fill(0.25);
    expect(differenceRegions(white, black, map, 0.02)).toEqual([
      { box: { x: 0, y: 0, width, height }, localDistance: 0.25, kind: 'colour' },
    ]);
  });

  it('refuses pictures and maps of another size', async () => {
    const picture = await drawn('');
    expect(() => differenceRegions(picture, picture, new Float32Array(7), 0)).toThrow(
      'differenceRegions: expected 200 x 120 pixels and as many values for image, got 200 x 120 and 7 values of a map.',
    );
  });
});
