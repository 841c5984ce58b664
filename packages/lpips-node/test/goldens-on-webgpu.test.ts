/**
 * The parity of `goldens.test.ts` on WebGPU in Node: `lite` and AlexNet at an odd size, where windows reach beyond the edges, and
 * a distance by the published VGG16. A device in software is slow, so the other cases run in Chromium alone, or here with
 * `LPIPS_WEBGPU=gpu`.
 */
import { selectBackend } from 'lpips-node';
import { beforeAll } from 'vitest';
import { describeWithShared } from '../../../test/support/shared-data.js';
import { suiteOnWebGpu } from '../../../test/support/webgpu.js';
import { goldenSuite, measureHere } from './support/golden-suite.js';
import { GOLDEN_DATA, type Golden, readGoldens } from './support/goldens.js';

const onGpu = process.env['LPIPS_WEBGPU'] === 'gpu';

/** Bar for distances, layers and maps: relative error. Devices add in an order of their own. */
const VALUES = onGpu ? 1e-4 : 1e-6;
/** Bar for gradients, for the same reason. */
const GRADIENT = 1e-4;
/** As in `goldens-in-chromium.test.ts`: one unit of the seeded VGG16 is 0 apart from rounding. */
const ONE_UNIT = 5e-3;

const SMALL = ['lite-odd', 'alex-odd'];
const DISTANCE_ALONE = 'official-vgg-black';

await suiteOnWebGpu('goldens of the official code', () => {
  describeWithShared('cases', GOLDEN_DATA, (locate) => {
    beforeAll(() => selectBackend('webgpu'));
    const runsWhole = ({ name }: Golden) => onGpu || SMALL.includes(name);
    const goldens = readGoldens(locate).filter(
      (golden) => runsWhole(golden) || golden.name === DISTANCE_ALONE,
    );
    goldenSuite(goldens, {
      locate,
      measure: (golden, parts, inputs) => measureHere(golden, parts, inputs, locate),
      distanceAlone: (golden) => !runsWhole(golden),
      values: VALUES,
      gradient: ({ net, seed }: Golden) => (net === 'vgg' && seed !== null ? ONE_UNIT : GRADIENT),
    });
  });
});
