/**
 * What lpips-core may not need: Node in a page, and stock gradients in Node. Each runs outside this test's own
 * process or module graph, where nothing else has been loaded.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bundleForPage } from '../../../test/support/bundle-for-page.js';

const sourceOf = (name: string) => fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url));
const entries = ['index', 'browser'].map(sourceOf);

const TENSORFLOW = '@tensorflow/tfjs-core';
/** Reads archives, and is loaded where a file is one. */
const ZIP = /^@zip\.js\//;

/** Bytes that lpips-core may add to a page beside TensorFlow.js itself, minified and gzipped, without weights. */
const LARGEST_BUNDLE = 25_000;
/** The same with what `loadLpips` loads: the digests of all official tensors, the readers of files, requests. */
const LARGEST_WITH_OFFICIAL_NETS = 44_500;
/** The same with zip.js. */
const LARGEST_WITH_ARCHIVES = 68_500;
/** Bytes of the other entries, as they are imported: their size when it was measured, with a tenth to grow. */
const OTHER_ENTRIES: readonly (readonly [string, number])[] = [
  ['weights-files', 10_300],
  ['official-files', 6_400],
  ['remote-files', 2_850],
];

describe('lpips-core in a page', () => {
  it('bundles for the browser together with TensorFlow.js, without Node built-ins', async () => {
    const { code, unresolved } = await bundleForPage(entries, []);
    expect(unresolved).toEqual([]);
    expect(code).not.toMatch(/from\s*["']node:/);
    expect(code).toContain('FusedConv2D');
  });

  it('imports TensorFlow.js alone and stays small', async () => {
    const { code, atOnce, imports, unresolved } = await bundleForPage(entries, [TENSORFLOW, ZIP]);
    expect(unresolved).toEqual([]);
    expect(imports.filter((name) => !ZIP.test(name))).toEqual([TENSORFLOW]);
    expect(atOnce).not.toMatch(/@zip\.js/);
    expect(code).not.toMatch(/\b(process|Buffer|require|__dirname)\b/);
    expect(gzipSync(atOnce).byteLength).toBeLessThan(LARGEST_BUNDLE);
    expect(gzipSync(code).byteLength).toBeLessThan(LARGEST_WITH_OFFICIAL_NETS);
    expect(atOnce.length).toBeLessThan(code.length);
  });

  it('reads archives by a library that needs neither Node nor much room', async () => {
    const { code, imports, unresolved } = await bundleForPage(entries, [TENSORFLOW]);
    expect([unresolved, imports]).toEqual([[], [TENSORFLOW]]);
    expect(gzipSync(code).byteLength).toBeLessThan(LARGEST_WITH_ARCHIVES);
  });

  it.each(OTHER_ENTRIES)('its entry %s stays small', async (name, largest) => {
    const { atOnce, unresolved } = await bundleForPage([sourceOf(name)], [TENSORFLOW]);
    expect(unresolved).toEqual([]);
    const bytes = gzipSync(atOnce).byteLength;
    expect(bytes).toBeLessThan(largest);
    // A limit far above the size holds nothing.
    expect(bytes).toBeGreaterThan(largest * 0.7);
  });
});

describe('lpips-core in Node', () => {
  it('gives gradients where only tfjs-core is loaded, which registers no stock gradient there', async () => {
    const program = `
      import { readFileSync } from 'node:fs';
      import { getGradient, grad, ready, setBackend, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
      import '@tensorflow/tfjs-backend-wasm';
      import { liteWeightsUrl, Lpips, parseSafetensors } from 'lpips-core';
      await setBackend('wasm');
      await ready();
      const lpips = Lpips.fromWeights(parseSafetensors(readFileSync(liteWeightsUrl)).weights, { net: 'lite' });
      const wave = (phase) => tensor4d(Float32Array.from({ length: 768 }, (_, i) => Math.sin(i + phase)), [1, 16, 16, 3]);
      const gradient = grad((x) => lpips.distance(x, wave(1)))(wave(0), tensor1d([1]));
      const norm = Math.hypot(...gradient.dataSync());
      process.stdout.write(JSON.stringify({ stock: getGradient('Sum') !== undefined, norm }));
    `;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program],
      {
        cwd: fileURLToPath(new URL('..', import.meta.url)),
      },
    );
    const { stock, norm } = JSON.parse(stdout) as { stock: boolean; norm: number };
    expect(stock).toBe(false);
    expect(norm).toBeGreaterThan(0.01);
  });
});
