/**
 * @module
 * What can be refused without weights is refused before any are fetched: here there are none, and none can be. Nothing is
 * left behind, no empty folder either.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { bapps } from '../support/run-bapps.js';

let folder = '';
beforeEach(async () => {
  folder = await tempDir();
  vi.stubEnv('LPIPS_CACHE', join(folder, 'cache'));
  return () => vi.unstubAllEnvs();
});

it.each([
  ['extract EMPTY --net alex --out OUT', 'extract: expected a data set for EMPTY, got no 2afc or jnd in it.'],
  ['train EMPTY --out OUT', 'extraction: expected a folder with extraction.json for EMPTY, got none.'],
  ['train EMPTY --out OUT/a/b', 'extraction: expected a folder with extraction.json for EMPTY, got none.'],
  [
    'train EMPTY --mode tune --net alex --out OUT',
    'train: expected a data set for EMPTY, got no 2afc/train in it.',
  ],
  [
    'evaluate EMPTY --net alex',
    'scan: expected a folder for each distortion for EMPTY/2afc/val, got no such',
  ],
  ['synthesize EMPTY OUT --net alex', 'synthesize: expected at least two photographs for EMPTY, got none'],
  [
    'distill EMPTY --teacher alex --out OUT.safetensors',
    'distill: expected photographs for EMPTY, got none.',
  ],
  ['distill EMPTY --teacher alex --evaluate OUT', 'distill: expected photographs for EMPTY, got none.'],
])('bapps %s', async (line, message) => {
  const empty = await tempDir();
  const named = (text: string) => text.replaceAll('EMPTY', empty).replaceAll('OUT', join(folder, 'out'));
  const { code, error } = await bapps(...named(line).split(' '), '--backend', 'wasm', '--offline');
  expect(error).toContain(named(message));
  expect(code).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});
