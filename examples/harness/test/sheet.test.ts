import { mapSamples, paint, type Raster } from 'lpips-pictures';
import { describe, expect, it } from 'vitest';
import { layOut } from '../src/sheet.js';

/** A picture of 2x1 pixels, whose samples count up from a level of 8 bits. */
const picture = (level: number): Raster =>
  mapSamples(
    paint(2, 1, () => [0, 0, 0]),
    (_value, _channel, index) => (level + index) / 255,
  );
const samples = (level: number) => [0, 1, 2, 3, 4, 5].map((index) => level + index);

describe('layOut', () => {
  it('puts pictures side by side and rows below each other: 2 rows of 2, 2x1 pixels', () => {
    const sheet = layOut([
      [picture(10), picture(20)],
      [picture(30), picture(40)],
    ]);
    expect(sheet).toMatchObject({ width: 4, height: 2 });
    expect([...sheet.data]).toEqual([10, 20, 30, 40].flatMap(samples));
  });

  it('leaves black between them where there is a gap: 1 pixel', () => {
    const sheet = layOut(
      [
        [picture(10), picture(20)],
        [picture(30), picture(40)],
      ],
      1,
    );
    expect(sheet).toMatchObject({ width: 5, height: 3 });
    const black = [0, 0, 0];
    const [above, between, below] = [
      [samples(10), black, samples(20)],
      [Array<number>(15).fill(0)],
      [samples(30), black, samples(40)],
    ];
    expect([...sheet.data]).toEqual([...above, ...between, ...below].flat());
  });

  it('refuses rows of different lengths and pictures of different sizes', () => {
    expect(() => layOut([[picture(1), picture(2)], [picture(3)]])).toThrow(
      'layOut: expected 2 pictures in row 1',
    );
    expect(() => layOut([[picture(1), paint(1, 1, () => [0, 0, 0])]])).toThrow(
      'layOut: expected 2 x 1 pixels in row 0',
    );
  });
});
