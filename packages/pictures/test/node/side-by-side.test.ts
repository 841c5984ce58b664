import { drawSideBySide } from 'lpips-pictures/node';
import sharp from 'sharp';
import { expect, it } from 'vitest';

it('draws pictures of 10x20 and 30x5 beside each other, enlarged alike, with their pixels as they are', async () => {
  const [red, blue] = [plain(10, 20, [255, 0, 0]), plain(30, 5, [0, 0, 255])];
  const png = await drawSideBySide([
    { caption: 'expected 10x20', pixels: red },
    { caption: 'image 30x5', pixels: blue },
  ]);
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  const count = (colour: readonly number[]) => {
    let pixels = 0;
    for (let at = 0; at < data.length; at += info.channels) {
      if (colour.every((level, channel) => data[at + channel] === level)) pixels++;
    }
    return pixels;
  };
  const zoom = 480 / 30;
  expect(count([255, 0, 0])).toBe(10 * 20 * zoom ** 2);
  expect(count([0, 0, 255])).toBe(30 * 5 * zoom ** 2);
});

function plain(width: number, height: number, colour: readonly [number, number, number]) {
  return {
    width,
    height,
    data: Uint8Array.from({ length: width * height * 3 }, (_, i) => colour[i % 3] ?? 0),
  };
}
