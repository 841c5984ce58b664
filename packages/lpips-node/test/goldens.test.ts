/**
 * Parity with the official PyTorch code. The goldens are its results in float64; its own float32 is off by 2e-7 in the
 * distance and 6e-6 in the gradient. `--reporter=verbose` prints the measured errors.
 */
import { type BackendName, selectBackend } from 'lpips-node';
import { beforeAll } from 'vitest';
import { suiteOnBackend } from '../../../test/support/backends.js';
import { describeWithShared } from '../../../test/support/shared-data.js';
import { goldenSuite, holdDistance, measureHere } from './support/golden-suite.js';
import { GOLDEN_DATA, type Golden, readGoldens } from './support/goldens.js';

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

  holdDistance(goldens, 'official-vgg-black', { locate, values: VALUES, timeoutMs: CASE_TIMEOUT_MS });
});
