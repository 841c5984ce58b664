/**
 * What each package adds to a page beside TensorFlow.js and the other packages. Those of lpips-core stand in its
 * `stand-alone.test.ts`.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { bundleForPage } from './support/bundle-for-page.js';

const PACKAGES = fileURLToPath(new URL('../packages', import.meta.url));

/** What a page has already, or counts for itself. */
const BESIDE = [
  /^@tensorflow\//,
  /^(lpips-core|lpips-pictures|lpips-search|tfjs-fused-training|tfjs-wasm-kernels)(\/|$)/,
];

/** Bytes that an entry may add, minified and gzipped: its size when it was measured, with a tenth to grow. */
const LARGEST: readonly (readonly [string, string, number])[] = [
  ['lpips-loss', 'loss/src/index.ts', 5_900],
  ['lpips-search', 'search/src/index.ts', 12_100],
  ['lpips-pictures', 'pictures/src/index.ts', 13_500],
  ['lpips-pictures/page', 'pictures/src/page/index.ts', 6_100],
  ['tfjs-wasm-kernels', 'wasm-kernels/src/index.ts', 43_000],
  ['tfjs-fused-training', 'training/src/index.ts', 14_200],
];

it.each(LARGEST)('%s stays small in a page', async (_, entry, largest) => {
  const { code, imports } = await bundleForPage([join(PACKAGES, entry)], BESIDE);
  expect(imports.filter((name) => !BESIDE.some((one) => one.test(name)))).toEqual([]);
  const bytes = gzipSync(code).byteLength;
  expect(bytes).toBeLessThan(largest);
  // A limit far above the size holds nothing.
  expect(bytes).toBeGreaterThan(largest * 0.7);
});
