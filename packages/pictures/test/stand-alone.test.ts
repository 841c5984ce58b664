/**
 * What a page may not need: Node, sharp, or TensorFlow.js where charts and markup are all that it takes.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bundleForPage } from '../../../test/support/bundle-for-page.js';

const entry = (name: string) => fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url));

describe.each([
  ['index', ['@tensorflow/tfjs-core']],
  ['page/index', []],
] as const)('lpips-pictures, %s, in a page', (name, imports) => {
  it(`imports [${imports.join()}] alone`, async () => {
    const bundle = await bundleForPage([entry(name)], ['@tensorflow/tfjs-core', 'sharp']);
    expect(bundle.unresolved).toEqual([]);
    expect(bundle.imports).toEqual(imports);
    expect(bundle.code).not.toMatch(/\b(process|Buffer|require|__dirname)\b/);
  });
});

it('lpips-pictures/node takes sharp, which a bundle for a page shows', async () => {
  const { imports } = await bundleForPage([entry('node/index')], ['@tensorflow/tfjs-core', 'sharp']);
  expect(imports).toContain('sharp');
});
