/**
 * @module
 * What the trained model makes, as three PNG files.
 */
import { concat, slice, type Tensor4D, tidy } from '@tensorflow/tfjs';
import { rastersOf } from 'example-harness/rasters';
import { layOut } from 'example-harness/sheet';
import { writeAtomically } from 'lpips-node/files';
import type { Raster } from 'lpips-pictures';
import { drawSideBySide } from 'lpips-pictures/node';
import { drawFromPrior, rebuild, walk } from './from-codes.js';
import type { Vae } from './model.js';

/** Where the sheets go. */
export interface SheetPaths {
  readonly reconstructions: string;
  readonly samples: string;
  readonly walks: string;
}

/** Pictures that are rebuilt, and that are drawn from the prior. */
export const SHOWN = 24;
const COLUMNS = { reconstructions: 4, samples: 8 } as const;
/** Walks, the pictures on each, and the two originals at its ends. */
const [WALKS, STEPS, ENDS] = [6, 9, 2] as const;
/** Pixels between two pictures. */
const GAP = 1;

/**
 * Draws originals beside what the model rebuilds of them, pictures of samples of the prior, and walks between two originals.
 *
 * @param originals at least `SHOWN`, `[pictures, 32, 32, 3]` in [-1, 1]
 * @throws LpipsError where a file cannot be written
 */
export async function writeSheets(
  paths: SheetPaths,
  vae: Vae,
  originals: Tensor4D,
  seed: number,
): Promise<void> {
  const shown = slice(originals, [0, 0, 0, 0], [SHOWN, -1, -1, -1]);
  const [pictures, rebuilt] = [await rastersOf(shown), await drawn(rebuild(vae, shown))];
  const columns = COLUMNS.reconstructions;
  await write(paths.reconstructions, [
    { caption: 'originals', rows: inRows(pictures, columns) },
    { caption: 'rebuilt', rows: inRows(rebuilt, columns) },
  ]);

  const samples = await drawn(drawFromPrior(vae, SHOWN, seed));
  await write(paths.samples, [{ caption: 'samples of the prior', rows: inRows(samples, COLUMNS.samples) }]);

  const walks: Raster[][] = [];
  for (let index = 0; index < WALKS; index++) {
    const made = tidy(() => {
      const ends = slice(shown, [ENDS * index, 0, 0, 0], [ENDS, -1, -1, -1]);
      const [from, to] = [slice(ends, 0, 1), slice(ends, 1, 1)];
      return concat([from, walk(vae, ends, STEPS), to]);
    });
    walks.push(await drawn(made));
  }
  await write(paths.walks, [{ caption: 'from original to original', rows: walks }]);
  shown.dispose();
}

/** The pictures of a batch, which is disposed. */
async function drawn(images: Tensor4D): Promise<Raster[]> {
  return rastersOf(images).finally(() => images.dispose());
}

function inRows(pictures: readonly Raster[], columns: number): Raster[][] {
  return Array.from({ length: pictures.length / columns }, (_, row) =>
    pictures.slice(row * columns, (row + 1) * columns),
  );
}

async function write(
  path: string,
  parts: readonly { readonly caption: string; readonly rows: readonly Raster[][] }[],
): Promise<void> {
  const png = await drawSideBySide(
    parts.map(({ caption, rows }) => ({ caption, pixels: layOut(rows, GAP) })),
  );
  await writeAtomically(path, png);
}
