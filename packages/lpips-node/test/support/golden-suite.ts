/**
 * @module
 * The tests of each golden, whatever computes: distance, layers, map and both gradients. `--reporter=verbose` prints the
 * measured errors.
 */
import { grads, type Tensor, type Tensor1D, type Tensor4D, tensor1d, tensor4d, tidy } from '@tensorflow/tfjs';
import { takeValues } from 'lpips-node';
import { beforeAll, describe, it } from 'vitest';
import type { PageNumbers, Parts } from '../../../../test/support/measure-in-page.js';
import { expectDistance, expectGradients, expectLayers, expectMap } from './golden-expectations.js';
import { type Golden, goldenImages, goldenLpips, movedByRounding } from './goldens.js';

/** Images of a case: as they are, or each value moved by rounding. */
export type Inputs = 'as they are' | 'moved by rounding';

/** Who computes the cases, and how exactly. */
export interface GoldenSuite {
  locate: (relative: string) => string;
  /** Computes a case. Of inputs that are moved only the gradients are asked for. */
  measure: (golden: Golden, parts: Parts, inputs: Inputs) => Promise<PageNumbers>;
  /** Cases of which the distance alone is measured. Default: none. */
  distanceAlone?: (golden: Golden) => boolean;
  /** Bar for distances, layers and maps: relative error, L2 for the latter two. */
  values: number;
  /** Bar for gradients; where it is undefined, that of `expectGradients`. */
  gradient?: (golden: Golden) => number | undefined;
  /** For one case. */
  timeoutMs?: number;
}

/** Registers the tests of the cases. */
export function goldenSuite(
  goldens: readonly Golden[],
  { locate, measure, distanceAlone = () => false, values, gradient, timeoutMs }: GoldenSuite,
): void {
  describe.each(goldens)('$name', (golden: Golden) => {
    const parts = distanceAlone(golden) ? 'distance' : 'everything';
    let numbers: PageNumbers;
    beforeAll(async () => {
      numbers = await measure(golden, parts, 'as they are');
    }, timeoutMs);

    it('distance', async ({ annotate }) => {
      await annotate(sentenceOf(expectDistance(golden, numbers.distance, values)));
    });
    if (parts === 'distance') return;

    it('layers', async ({ annotate }) => {
      await annotate(sentenceOf(expectLayers(golden, numbers.layers, values)));
    });

    it('map', async ({ annotate }) => {
      await annotate(sentenceOf(expectMap(golden, numbers.map, values, locate)));
    });

    it('gradients to the image and to the reference', { timeout: timeoutMs ?? 0 }, async ({ annotate }) => {
      const nearby = () => measure(golden, 'gradients', 'moved by rounding');
      const error = await expectGradients(golden, numbers, { locate, nearby, bar: gradient?.(golden) });
      await annotate(sentenceOf(error));
    });
  });
}

/** Computes a case on the current backend of this process. */
export async function measureHere(
  golden: Golden,
  parts: Parts,
  inputs: Inputs,
  locate: GoldenSuite['locate'],
): Promise<PageNumbers> {
  const lpips = await goldenLpips(golden, locate);
  const x = await inputImages(golden, 'x', inputs, locate);
  const y = await inputImages(golden, 'y', inputs, locate);
  const empty: Float32Array = new Float32Array(0);
  const numbers = {
    distance: empty,
    layers: empty,
    map: empty,
    imageGradient: empty,
    referenceGradient: empty,
  };
  if (parts !== 'distance') {
    const distance = (x: Tensor, y: Tensor): Tensor1D => lpips.distance(x as Tensor4D, y as Tensor4D);
    const [dx, dy] = tidy(() => grads(distance)([x, y], tensor1d(golden.upstream)));
    if (!dx || !dy) throw new Error('no gradients');
    numbers.imageGradient = await float32(dx);
    numbers.referenceGradient = await float32(dy);
  }
  if (parts !== 'gradients') numbers.distance = await float32(lpips.distance(x, y));
  if (parts === 'everything') {
    numbers.layers = await float32(lpips.layers(x, y));
    numbers.map = await float32(lpips.map(x, y));
  }
  for (const used of [lpips, x, y]) used.dispose();
  return numbers;
}

/** Images of a case, float32 `[batch, height, width, 3]` in [-1, 1]; the caller disposes. */
export async function inputImages(
  { inputs: names }: Golden,
  side: 'x' | 'y',
  inputs: Inputs,
  locate: GoldenSuite['locate'],
): Promise<Tensor4D> {
  const images = await goldenImages(names[side], locate);
  if (inputs === 'as they are') return images;
  const moved = movedByRounding(await float32(images), side === 'x' ? 1 : 2);
  return tensor4d(moved, images.shape);
}

/** The values of a tensor, which is disposed. */
async function float32(tensor: Tensor): Promise<Float32Array> {
  return Float32Array.from(await takeValues(tensor));
}

function sentenceOf(error: number): string {
  return `relative error ${error.toExponential(1)}`;
}
