/**
 * @module
 * All pairs of 20 photographs: every image through the backbone once, against the loop over `distance` that runs it
 * twice for each pair.
 */
import type { Tensor4D } from '@tensorflow/tfjs';
import { at, type Features } from 'lpips-core';
import { loadLpips, readImage } from 'lpips-node';
import { alternate } from './alternate.js';
import { photographCrops } from './photograph-crops.js';

const COUNT = 20;
const SIDE = 160;

/** Milliseconds of each turn, the number of images, and the largest difference between the two ways. */
export async function pairsWithCache(rounds = 3) {
  const lpips = await loadLpips({ net: 'lite' });
  const images = await Promise.all((await photographCrops(COUNT, SIDE)).map((png) => readImage(png)));
  const read = (a: Tensor4D | Features, b: Tensor4D | Features): number => {
    const distance = lpips.distance(a, b);
    const value = at(distance.dataSync(), 0);
    distance.dispose();
    return value;
  };
  const allPairs = (items: (Tensor4D | Features)[]): number[] =>
    items.flatMap((a, i) => items.slice(i + 1).map((b) => read(a, b)));
  const results: { cached: number[]; direct: number[] } = { cached: [], direct: [] };
  const times = alternate(
    {
      cached: () => {
        const features = images.map((image) => lpips.features(image));
        results.cached = allPairs(features);
        for (const one of features) one.dispose();
      },
      direct: () => {
        results.direct = allPairs(images);
      },
    },
    { rounds, warmUp: 1 },
  );
  const differences = results.cached.map((value, i) => Math.abs(value - at(results.direct, i)));
  return { times, images: images.length, side: SIDE, largestDifference: Math.max(...differences) };
}
