import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { drawHeatMap, heatPixels } from '../../src/node/heat-map.js';

const SIZE = 32;
const grey = { width: SIZE, height: SIZE, data: new Uint8Array(SIZE * SIZE * 3).fill(128) };

/** Nothing anywhere, but 0.8 in the lower right quarter. */
const corner = Float32Array.from({ length: SIZE * SIZE }, (_, i) =>
  i % SIZE >= SIZE / 2 && i >= (SIZE * SIZE) / 2 ? 0.8 : 0,
);

async function pixelsOf(png: Buffer) {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number): number[] => [...data.subarray((y * info.width + x) * 3).subarray(0, 3)];
  const brightest = (left: number, top: number, width: number, height: number): number => {
    let most = 0;
    for (let y = top; y < top + height; y++) {
      for (let x = left; x < left + width; x++) most = Math.max(most, Math.min(...at(x, y)));
    }
    return most;
  };
  return { width: info.width, height: info.height, at, brightest };
}

describe('heatPixels', () => {
  it('heats the image in its own size, 32x32, and outlines an area', async () => {
    const plain = await heatPixels(grey, corner);
    const marked = await heatPixels(grey, corner, { left: 20, top: 20, width: 4, height: 4 });
    expect([plain.length, marked.length]).toEqual([SIZE * SIZE * 4, SIZE * SIZE * 4]);
    const at = (data: Uint8Array, x: number, y: number) => [
      ...data.subarray((y * SIZE + x) * 4).subarray(0, 4),
    ];
    expect(at(plain, 24, 24)[3]).toBe(255);
    expect(at(plain, 24, 24)[0]).toBeGreaterThan(230); // the hottest colour
    const cold = at(plain, 4, 4).slice(0, 3);
    expect(Math.max(...cold) - Math.min(...cold)).toBeLessThan(5);
    expect(at(marked, 2, 2)).toEqual(at(plain, 2, 2));
    const [red = 255, , blue = 0] = at(marked, 13, 22); // six widths of a stroke left of pixel 20
    expect(blue - red).toBeGreaterThan(100);
  });
});

describe('drawHeatMap', () => {
  it('enlarges a small image, heats it where the map is high, and keeps it grey where it is nothing', async () => {
    const picture = await pixelsOf(await drawHeatMap(grey, corner, 'LPIPS 0.2000  alex 0.1'));
    expect(picture.width).toBeGreaterThan(480);
    const [left, top, side] = [24, 60, 480]; // margins for text of 11 pixels: 22, and 22 + 11 + 22
    const cold = picture.at(left + side / 4, top + side / 4);
    const [red = Number.NaN, , blue = Number.NaN] = picture.at(left + (side * 3) / 4, top + (side * 3) / 4);
    expect(Math.max(...cold) - Math.min(...cold)).toBeLessThan(5);
    expect(Math.abs(red - 0xfc)).toBeLessThan(12);
    expect(blue).toBeLessThan(200);
  });

  it('draws a title above, and a colour bar with numbers beside, without any font', async () => {
    const picture = await pixelsOf(await drawHeatMap(grey, corner, 'LPIPS 0.2000  alex 0.1'));
    const text = 11;
    expect(picture.brightest(text * 2, text * 2, 150, text)).toBeGreaterThan(200);
    const bar = { left: text * 4 + 480, top: text * 5 };
    expect(picture.at(bar.left + 5, bar.top)).toEqual([0xfc, 0xff, 0xa4]);
    expect(picture.at(bar.left + 5, bar.top + 479)).toEqual([0, 0, 4]);
    const labels = bar.left + 18 + text;
    expect(picture.brightest(labels, bar.top - text, 40, text * 2)).toBeGreaterThan(200);
    expect(picture.brightest(labels, bar.top + 480 - text, 40, text * 2)).toBeGreaterThan(200);
  });

  it('draws pictures to its left in the same size, 32x32 enlarged to 480, and outlines an area in each', async () => {
    const white = { width: SIZE, height: SIZE, data: new Uint8Array(SIZE * SIZE * 3).fill(255) };
    const options = {
      beside: [{ caption: 'expected', pixels: white }],
      mark: { left: 16, top: 16, width: 8, height: 8 },
    };
    const picture = await pixelsOf(await drawHeatMap(grey, corner, 'LPIPS 0.2000  alex 0.1', options));
    const alone = await pixelsOf(await drawHeatMap(grey, corner, 'LPIPS 0.2000  alex 0.1'));
    const [margin, top, side] = [22, 55, 480];
    expect(picture.width - alone.width).toBe(side + margin);
    expect(picture.at(margin + 10, top + 10)).toEqual([255, 255, 255]);
    expect(picture.at(margin + side + margin + 10, top + 10)).toEqual(alone.at(margin + 10, top + 10));
    expect(picture.brightest(margin, 22, 80, 11)).toBeGreaterThan(200); // its caption
    for (const left of [margin, margin + side + margin]) {
      const edge = { x: left + 240 - 7, y: top + 300 }; // six widths of a stroke left of pixel 16
      const [red = Number.NaN, , blue = Number.NaN] = picture.at(edge.x, edge.y);
      expect(blue - red).toBeGreaterThan(100);
    }
  });

  it('draws identical images, whose map is 0 everywhere', async () => {
    const png = await drawHeatMap(grey, new Float32Array(SIZE * SIZE), 'LPIPS 0.0000  alex 0.1');
    expect((await sharp(png).metadata()).format).toBe('png');
  });

  it.each([
    [1, 700],
    [700, 1],
    [1500, 1000],
  ])('draws %i x %i', async (width, height) => {
    const image = { width, height, data: new Uint8Array(width * height * 3) };
    const { width: drawn } = await sharp(
      await drawHeatMap(image, new Float32Array(width * height).fill(1e-5), 'LPIPS 0.0000  squeeze 0.0'),
    ).metadata();
    expect(drawn).toBeGreaterThan(width);
  });
});
