import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { readExtractionManifest } from '../../src/extraction/extraction-manifest.js';
import { paintDataSet } from '../support/painted-data-set.js';
import { bapps, builtBapps } from '../support/run-bapps.js';

const LITE = ['--net', 'lite', '--backend', 'wasm'] as const;

describe('bapps extract --scales', () => {
  it('makes an extraction of each scale, keeps them, and heads of one are scored on another', async () => {
    const data = await tempDir();
    await paintDataSet(data, { triplets: { near: 4 }, pairs: {}, split: 'train', size: 32 });
    await paintDataSet(data, { triplets: { near: 3 }, pairs: {}, size: 32 });
    const vectors = await tempDir();
    const line = ['extract', data, '--out', vectors, '--scales', '16,32', ...LITE, '--json', '--quiet'];
    const made = await builtBapps(...line);
    expect([made.code, made.error]).toEqual([0, '']);
    expect(JSON.parse(made.out)).toMatchObject({
      out: vectors,
      scales: [
        { out: join(vectors, '16'), size: 16, images: 21, kept: 0 },
        { out: join(vectors, '32'), size: 32, images: 21, kept: 0 },
      ],
    });
    expect((await readdir(vectors)).sort()).toEqual(['16', '32']);
    expect((await readExtractionManifest(join(vectors, '16'))).size).toBe(16);
    expect(JSON.parse((await builtBapps(...line)).out)).toMatchObject({
      scales: [{ kept: 21 }, { kept: 21 }],
    });

    const run = await tempDir();
    expect((await bapps('train', join(vectors, '16'), '--out', run, '--quiet')).code).toBe(0);
    const heads = join(run, 'heads.safetensors');
    const scored = ['--extraction', join(vectors, '32'), '--beside', heads, '--draws', '2', '--quiet'];
    const { code, out } = await bapps('evaluate', ...scored, ...LITE);
    expect([code, /^heads +\d/m.test(out)]).toEqual([0, true]);
  });

  it.each([
    ['--scales 64,8', 'bapps: expected a whole number from 16 up for --scales, got "8".'],
    [
      '--scales 64,128 --plan plan.json',
      'bapps: cannot plan several --scales at once. Write a plan for each with --size.',
    ],
  ])('%s is wrong usage', async (line, message) => {
    const result = await bapps('extract', 'data', '--out', 'vectors', ...line.split(' '));
    expect(result).toEqual({ code: 2, out: '', error: `${message}\n` });
  });
});
