/**
 * @module
 * The images of triplets and pairs, read ahead: while one batch is computed, the next is decoded on sharp's threads.
 */
import { concat, dispose, type Tensor4D } from '@tensorflow/tfjs-core';
import { invalid } from 'lpips-core';
import { imagePixels, readImage } from 'lpips-node';
import { fromBytes, type Raster } from '../pictures/raster.js';

/** Paths that belong together: reference and copies, or the two images of a pair. All are of one size. */
export type PathsOf<Item> = (item: Item) => readonly string[];

/** Some items of one size with their images. */
export interface PatchBatch {
  /** place of the first item in the list */
  readonly start: number;
  readonly count: number;
  /** for each of the paths of an item, the images of all: float32 `[count, height, width, 3]` in [-1, 1]; disposed by who asked */
  readonly tensors: readonly Tensor4D[];
  /** the same images as they were decoded, `[path][item]`; empty unless they were asked for */
  readonly rasters: readonly (readonly Raster[])[];
}

/** How patches are read. */
export interface ReadPatchesOptions {
  /** Items in a batch. */
  readonly batch: number;
  /** Whether the decoded pixels are wanted too. */
  readonly withRasters: boolean;
}

/**
 * Reads all items in order. A batch ends early where the size of the images changes.
 *
 * @throws LpipsError where an image cannot be read, or has another size than those that it belongs to
 */
export async function* readPatches<Item>(
  items: readonly Item[],
  pathsOf: PathsOf<Item>,
  { batch, withRasters }: ReadPatchesOptions,
): AsyncGenerator<PatchBatch> {
  const chunks = Array.from({ length: Math.ceil(items.length / batch) }, (_, index) => index * batch);
  const read = (start: number | undefined) =>
    start === undefined ? undefined : readItems(items.slice(start, start + batch).map(pathsOf));
  let next = read(chunks[0]);
  for (const [index, start] of chunks.entries()) {
    const images = await next;
    next = read(chunks[index + 1]);
    next?.catch(() => undefined); // told when its turn comes
    if (images === undefined) continue;
    try {
      yield* batchesOf(images, start, withRasters);
    } catch (error) {
      for (const tensors of (await next?.catch(() => [])) ?? []) dispose(tensors);
      throw error;
    }
  }
}

/** Images of each item. */
async function readItems(paths: readonly (readonly string[])[]): Promise<Tensor4D[][]> {
  const read = paths.map(async (some) => {
    const images = await Promise.all(some.map((path) => readImage(path)));
    const [first] = images;
    for (const [index, image] of images.entries()) {
      if (first === undefined || image.shape.join() === first.shape.join()) continue;
      dispose(images);
      const requirement = `${sizeOf(first)} pixels, as ${some[0] ?? ''} has,`;
      throw invalid('evaluate', requirement, some[index] ?? '', sizeOf(image));
    }
    return images;
  });
  const settled = await Promise.allSettled(read);
  const fault = settled.find((one) => one.status === 'rejected');
  const done = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  if (fault === undefined) return done;
  for (const images of done) dispose(images);
  throw fault.reason;
}

/** Runs of items of one size. */
async function* batchesOf(
  images: readonly (readonly Tensor4D[])[],
  start: number,
  withRasters: boolean,
): AsyncGenerator<PatchBatch> {
  for (let from = 0; from < images.length; ) {
    const shape = images[from]?.[0]?.shape.join();
    let to = from + 1;
    while (to < images.length && images[to]?.[0]?.shape.join() === shape) to++;
    const run = images.slice(from, to);
    const byPath = (run[0] ?? []).map((_, path) => run.flatMap((some) => some[path] ?? []));
    const rasters = withRasters
      ? await Promise.all(byPath.map((some) => Promise.all(some.map(toRaster))))
      : [];
    const tensors = byPath.map((some) => concat(some, 0));
    for (const some of byPath) dispose(some);
    yield { start: start + from, count: to - from, tensors, rasters };
    from = to;
  }
}

async function toRaster(image: Tensor4D): Promise<Raster> {
  const { data, width, height } = await imagePixels(image);
  return fromBytes(data, width, height);
}

function sizeOf({ shape }: Tensor4D): string {
  return `${shape[2]}x${shape[1]}`;
}
