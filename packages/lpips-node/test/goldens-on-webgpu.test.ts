/**
 * The parity of `goldens.test.ts` on WebGPU in Node: `lite` and AlexNet at an odd size, where windows reach beyond the edges. A
 * device in software compiles every shader again for every shape, so the other cases run in Chromium alone, or here with
 * `LPIPS_WEBGPU=gpu`.
 */
import { grads, type Tensor, type Tensor1D, type Tensor4D, tensor1d, tidy } from '@tensorflow/tfjs';
import type { Lpips } from 'lpips-core';
import { selectBackend, takeValues } from 'lpips-node';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { describeWithShared } from '../../../test/support/shared-data.js';
import { suiteOnWebGpu } from '../../../test/support/webgpu.js';
import { expectDistance, expectGradients, expectLayers, expectMap } from './support/golden-expectations.js';
import { GOLDEN_DATA, type Golden, goldenImages, goldenLpips, readGoldens } from './support/goldens.js';

/** Bar for distances, layers and maps: relative L2 error. Devices add in an order of their own. */
const VALUES = 1e-4;
/** As in `goldens-in-chromium.test.ts`: one unit of the seeded VGG16 is 0 apart from rounding. */
const ONE_UNIT = 5e-3;

const runsAll = process.env['LPIPS_WEBGPU'] === 'gpu';

await suiteOnWebGpu('goldens of the official code', () => {
  describeWithShared('cases', GOLDEN_DATA, (locate) => {
    beforeAll(() => selectBackend('webgpu'));

    const isSmall = ({ name }: Golden) => name === 'lite-odd' || name === 'alex-odd';
    const goldens = readGoldens(locate).filter((golden) => runsAll || isSmall(golden));
    describe.each(goldens)('$name', (golden: Golden) => {
      let lpips: Lpips;
      let x: Tensor4D;
      let y: Tensor4D;
      beforeAll(async () => {
        lpips = await goldenLpips(golden, locate);
        x = await goldenImages(golden.inputs.x, locate);
        y = await goldenImages(golden.inputs.y, locate);
      });
      afterAll(() => {
        for (const used of [lpips, x, y]) used.dispose();
      });

      it('distance', async ({ annotate }) => {
        const error = expectDistance(golden, await takeValues(lpips.distance(x, y)), VALUES);
        await annotate(`relative error ${error.toExponential(1)}`);
      });

      it('layers', async ({ annotate }) => {
        const error = expectLayers(golden, await takeValues(lpips.layers(x, y)), VALUES);
        await annotate(`relative error ${error.toExponential(1)}`);
      });

      it('map', async ({ annotate }) => {
        const error = expectMap(golden, await takeValues(lpips.map(x, y)), VALUES, locate);
        await annotate(`relative error ${error.toExponential(1)}`);
      });

      it('gradients to the image and to the reference', async ({ annotate }) => {
        const upstream = tensor1d(golden.upstream);
        const distance = (x: Tensor, y: Tensor): Tensor1D => lpips.distance(x as Tensor4D, y as Tensor4D);
        const [dx, dy] = tidy(() => grads(distance)([x, y], upstream));
        if (!dx || !dy) throw new Error('no gradients');
        const bar = golden.net === 'vgg' ? ONE_UNIT : undefined;
        const error = expectGradients(golden, await takeValues(dx), await takeValues(dy), locate, bar);
        upstream.dispose();
        await annotate(`relative error ${error.toExponential(1)}`);
      });
    });
  });
});
