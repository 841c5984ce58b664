/**
 * Parity with the official PyTorch code. The goldens are its results in float64; its own float32 is off by 2e-7 in the
 * distance and 6e-6 in the gradient. `--reporter=verbose` prints the measured errors.
 */
import { type BackendName, selectBackend } from 'lpips-node';
import { beforeAll } from 'vitest';
import { suiteOnBackend } from '../../../test/support/backends.js';
import { describeWithShared } from '../../../test/support/shared-data.js';
import { goldenSuite, measureHere } from './support/golden-suite.js';
import { GOLDEN_DATA, type Golden, isOfficialVgg, readGoldens } from './support/goldens.js';

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

function holdAll(
  goldens: readonly Golden[],
  { locate, distanceAlone }: { locate: Locate; distanceAlone?: (golden: Golden) => boolean },
): void {
  goldenSuite(goldens, {
    locate,
    measure: (golden, parts, inputs) => measureHere(golden, parts, inputs, locate),
    values: VALUES,
    timeoutMs: CASE_TIMEOUT_MS,
    ...(distanceAlone && { distanceAlone }),
  });
}

for (const backend of ['wasm', 'tensorflow'] satisfies BackendName[]) {
  await suiteOn(backend, (locate) => holdAll(readGoldens(locate), { locate }));
}

// In plain JavaScript a gradient by VGG16 takes ten seconds and more: one case is held whole, and the distances of the others.
await suiteOn('cpu', (locate) => {
  const isWhole = ({ name }: Golden) => name === 'lite-odd' || name === 'official-vgg-odd';
  const goldens = readGoldens(locate).filter((golden) => isWhole(golden) || isOfficialVgg(golden));
  holdAll(goldens, { locate, distanceAlone: (golden) => !isWhole(golden) });
});
