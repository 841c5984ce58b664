/**
 * @module
 * Runs the tests of lpips-core's operations and of the metric's properties again, on the native backend.
 */
import { suiteOnBackend } from '../../../../test/support/backends.js';

const FILES = [
  'activations',
  'lpips',
  'features',
  'operations/conv-relu',
  'operations/max-pool',
  'operations/measured-traits',
  'operations/recomputed',
  'operations/small-operations',
  'operations/stack',
  'operations/unit-normalize',
  'tiles/compare-sources',
  'tiles/tiles',
];

await suiteOnBackend('the tests of lpips-core', 'tensorflow', async () => {
  process.env['LPIPS_TEST_BACKEND'] = 'tensorflow';
  for (const file of FILES) {
    const tests = new URL(`../../../lpips-core/test/${file}.test.ts`, import.meta.url);
    await import(tests.href);
  }
});
