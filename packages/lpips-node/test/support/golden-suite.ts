/**
 * @module
 * The tests of each golden, whatever computes: distance, layers, map and both gradients. `--reporter=verbose` prints the
 * measured errors.
 */
import { grads, type Tensor, type Tensor1D, type Tensor4D, tensor1d, tensor4d, tidy } from '@tensorflow/tfjs';
import { takeValues } from 'lpips-node';
import { beforeAll, describe, it } from 'vitest';
import type { PageNumbers } from '../../../../test/support/measure-in-page.js';
import { expectDistance, expectGradients, expectLayers, expectMap } from './golden-expectations.js';
import { type Golden, goldenImages, goldenLpips, movedByRounding } from './goldens.js';

/** Images of a case: as they are, or each value moved by rounding. */
export type Inputs = 'as they are' | 'moved by rounding';

/** Who computes the cases, and how exactly. */
export interface GoldenSuite {
  locate: (relative: string) => string;
  /** Computes a case. Of inputs that are moved only the gradients are asked for. */
  measure: (golden: Golden, inputs: Inputs) => Promise<PageNumbers>;
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
  { locate, measure, values, gradient, timeoutMs }: GoldenSuite,
): void {
  describe.each(goldens)('$name', (golden: Golden) => {
    let numbers: PageNumbers;
    beforeAll(async () => {
      numbers = await measure(golden, 'as they are');
    }, timeoutMs);

    it('distance', async ({ annotate }) => {
      await annotate(sentenceOf(expectDistance(golden, numbers.distance, values)));
    });

    it('layers', async ({ annotate }) => {
      await annotate(sentenceOf(expectLayers(golden, numbers.layers, values)));
    });

    it('map', async ({ annotate }) => {
      await annotate(sentenceOf(expectMap(golden, numbers.map, values, locate)));
    });

    it('gradients to the image and to the reference', { timeout: timeoutMs ?? 0 }, async ({ annotate }) => {
      const nearby = () => measure(golden, 'moved by rounding');
      const error = await expectGradients(golden, numbers, { locate, nearby, bar: gradient?.(golden) });
      await annotate(sentenceOf(error));
    });
  });
}

/**
 * Registers the test of one distance on the current backend of this process, where a gradient by VGG16 takes minutes: in plain
 * JavaScript, and on a GPU in software.
 */
export function holdDistance(
  goldens: readonly Golden[],
  name: string,
  { locate, values, timeoutMs }: Pick<GoldenSuite, 'locate' | 'values' | 'timeoutMs'>,
): void {
  it(`'${name}', the distance alone`, { timeout: timeoutMs ?? 0 }, async ({ annotate }) => {
    const golden = goldens.find((each) => each.name === name);
    if (!golden) throw new Error(`goldens: there is no ${name}`);
    const lpips = await goldenLpips(golden, locate);
    const [x, y] = [
      await inputImages(golden, 'x', 'as they are', locate),
      await inputImages(golden, 'y', 'as they are', locate),
    ];
    const error = expectDistance(golden, await takeValues(lpips.distance(x, y)), values);
    for (const used of [lpips, x, y]) used.dispose();
    await annotate(sentenceOf(error));
  });
}

/** Computes a case on the current backend of this process. */
export async function measureHere(
  golden: Golden,
  inputs: Inputs,
  locate: GoldenSuite['locate'],
): Promise<PageNumbers> {
  const lpips = await goldenLpips(golden, locate);
  const [x, y] = [
    await inputImages(golden, 'x', inputs, locate),
    await inputImages(golden, 'y', inputs, locate),
  ];
  const distance = (x: Tensor, y: Tensor): Tensor1D => lpips.distance(x as Tensor4D, y as Tensor4D);
  const upstream = tensor1d(golden.upstream);
  const [dx, dy] = tidy(() => grads(distance)([x, y], upstream));
  if (!dx || !dy) throw new Error('no gradients');
  const gradients = { imageGradient: await float32(dx), referenceGradient: await float32(dy) };
  const none = new Float32Array(0);
  const numbers =
    inputs === 'moved by rounding'
      ? { ...gradients, distance: none, layers: none, map: none }
      : {
          ...gradients,
          distance: await float32(lpips.distance(x, y)),
          layers: await float32(lpips.layers(x, y)),
          map: await float32(lpips.map(x, y)),
        };
  for (const used of [lpips, x, y, upstream]) used.dispose();
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
