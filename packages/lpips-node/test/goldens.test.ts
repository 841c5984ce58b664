/**
 * Parity with the official PyTorch code. The goldens are its results in float64; its own float32 is off by 2e-7 in the
 * distance and 6e-6 in the gradient. `--reporter=verbose` prints the measured errors.
 */
import { type BackendName, selectBackend, takeValues } from 'lpips-node';
import { beforeAll, it } from 'vitest';
import { suiteOnBackend } from '../../../test/support/backends.js';
import { describeWithShared } from '../../../test/support/shared-data.js';
import { expectDistance } from './support/golden-expectations.js';
import { goldenSuite, inputImages, measureHere } from './support/golden-suite.js';
import { GOLDEN_DATA, type Golden, goldenLpips, readGoldens } from './support/goldens.js';

/** Bar for distances, layers and maps in float32: relative error. */
const VALUES = 1e-6;

/** For one case, on a busy machine. */
const CASE_TIMEOUT_MS = 600_000;

type Locate = (relative: string) => string;

async function suiteOn(backend: BackendName, body: (locate: Locate) => void): Promise<void> {
  await suiteOnBackend('goldens of the official code', backend, (name) => {
    describeWithShared(name, GOLDEN_DATA, (locate) => {
      beforeAll(() => selectBackend(backend));
      body(locate);
    });
  });
}

function holdAll(goldens: readonly Golden[], locate: Locate): void {
  goldenSuite(goldens, {
    locate,
    measure: (golden, inputs) => measureHere(golden, inputs, locate),
    values: VALUES,
    timeoutMs: CASE_TIMEOUT_MS,
  });
}

for (const backend of ['wasm', 'tensorflow'] satisfies BackendName[]) {
  await suiteOn(backend, (locate) => holdAll(readGoldens(locate), locate));
}

await suiteOn('cpu', (locate) => {
  const goldens = readGoldens(locate);
  holdAll(
    goldens.filter(({ name }) => name === 'lite-odd'),
    locate,
  );

  // Plain JavaScript takes some seconds for one distance by VGG16, and minutes for a gradient.
  it('distance by the official VGG16', { timeout: CASE_TIMEOUT_MS }, async ({ annotate }) => {
    const golden = goldens.find(({ name }) => name === 'official-vgg-black');
    if (!golden) throw new Error('official-vgg.json: there is no official-vgg-black');
    const lpips = await goldenLpips(golden, locate);
    const [x, y] = [
      await inputImages(golden, 'x', 'as they are', locate),
      await inputImages(golden, 'y', 'as they are', locate),
    ];
    const error = expectDistance(golden, await takeValues(lpips.distance(x, y)), VALUES);
    for (const used of [lpips, x, y]) used.dispose();
    await annotate(`relative error ${error.toExponential(1)}`);
  });
});
