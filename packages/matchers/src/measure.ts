/**
 * @module
 * What the metric says of two images: of whole ones, or in tiles where memory does not hold them, as of screenshots of long
 * pages.
 */
import { getBackend, type Tensor4D } from '@tensorflow/tfjs-core';
import { type ImageSize, type Lpips, type NetName, tensorSource } from 'lpips-core';
import { type BackendName, takeNumber, takeValues, tilesFor } from 'lpips-node';
import type { ReadImage } from './lookable-image.js';

/** The distance, and that of each pixel, row by row. */
interface Measured {
  readonly distance: number;
  readonly map: Float32Array;
}

/**
 * Distance and map of two images of one size, which are not disposed.
 *
 * @param mask `[1, height, width, 1]`, weights of the distance; it does not change the map
 */
export async function measure(
  lpips: Lpips,
  image: ReadImage,
  reference: ReadImage,
  mask: Tensor4D | undefined,
): Promise<Measured> {
  const tiles = tilesHere(image, lpips.net);
  if (!tiles) return await compareWhole(lpips, image, reference, mask);
  return await compareTiles(lpips, image, reference, mask, tiles);
}

async function compareWhole(
  lpips: Lpips,
  image: ReadImage,
  reference: ReadImage,
  mask: Tensor4D | undefined,
): Promise<Measured> {
  const referenceFeatures = lpips.features(reference.tensor);
  const imageFeatures = lpips.features(image.tensor);
  try {
    const distance = mask
      ? lpips.distance(image.tensor, referenceFeatures, { mask })
      : lpips.distance(imageFeatures, referenceFeatures);
    const map = lpips.map(imageFeatures, referenceFeatures);
    return { distance: await takeNumber(distance), map: await takeValues(map) };
  } finally {
    imageFeatures.dispose();
    referenceFeatures.dispose();
  }
}

async function compareTiles(
  lpips: Lpips,
  image: ReadImage,
  reference: ReadImage,
  mask: Tensor4D | undefined,
  tiles: { readonly side: number },
): Promise<Measured> {
  const [x, y] = [tensorSource(image.tensor), tensorSource(reference.tensor)];
  const { distance, map = new Float32Array() } = await lpips.compareSources(x, y, { tiles, map: true });
  if (!mask) return { distance, map };
  const masked = lpips.distance(image.tensor, reference.tensor, { range: [-1, 1], mask, tiles });
  return { distance: await takeNumber(masked), map };
}

/** The tiles in which images of this size are compared, or undefined where memory holds them whole. */
function tilesHere(size: ImageSize, net: NetName): { side: number } | undefined {
  const backend = getBackend();
  return isBackendName(backend) ? tilesFor(net, backend, size) : undefined;
}

function isBackendName(name: string): name is BackendName {
  return name === 'tensorflow' || name === 'webgpu' || name === 'wasm' || name === 'cpu';
}
