/**
 * What a page may not need: Node, or anything but TensorFlow.js's core.
 */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { bundleForPage } from '../../../test/support/bundle-for-page.js';

const entry = (name: string) => fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url));

it('lpips-search in a page imports TensorFlow.js alone, and nothing of Node', async () => {
  const bundle = await bundleForPage([entry('index')], ['@tensorflow/tfjs-core']);
  expect(bundle.unresolved).toEqual([]);
  expect(bundle.imports).toEqual(['@tensorflow/tfjs-core']);
  expect(bundle.code).not.toMatch(/\b(process|Buffer|require|__dirname)\b/);
});

it('lpips-search/node takes the file system, which a bundle for a page shows', async () => {
  const { unresolved } = await bundleForPage([entry('node/index')], ['@tensorflow/tfjs-core']);
  expect(unresolved).toContain('node:fs/promises');
});
