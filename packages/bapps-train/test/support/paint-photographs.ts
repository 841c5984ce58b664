/**
 * @module
 * Photographs of nothing: seeded waves and edges, as files.
 */
import { join } from 'node:path';
import { paint, seededRandom, toBytes } from 'lpips-pictures';
import sharp from 'sharp';

/** Writes `count` PNGs, each different. */
export async function paintPhotographs(
  folder: string,
  count: number,
  { width = 120, height = 96, first = 0 } = {},
): Promise<void> {
  for (let n = first; n < first + count; n++) {
    const random = seededRandom(n + 1);
    const [a, b, c, edge] = [
      random.uniform() / 3,
      random.uniform() / 3,
      random.uniform(),
      60 * random.uniform(),
    ];
    const picture = paint(width, height, (x, y) => {
      const side = x + y / 2 > edge ? 0.25 : 0;
      return [
        0.4 + 0.25 * Math.sin(a * x + b * y) + side,
        0.35 + 0.3 * Math.sin(0.01 * x * y + n),
        c / 2 + 0.25 + 0.2 * Math.cos(b * x) - side,
      ];
    });
    await sharp(toBytes(picture), { raw: { width, height, channels: 3 } })
      .png()
      .toFile(join(folder, `photograph-${n}.png`));
  }
}
